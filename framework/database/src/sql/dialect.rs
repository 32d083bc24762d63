//! The SQL dialect of a database.

/// The SQL dialect of a database.
///
/// ```
/// use salon_database::Dialect;
///
/// let now = match Dialect::Postgres {
///     Dialect::Sqlite => "datetime('now')",
///     Dialect::Postgres | Dialect::MySql => "now()",
/// };
/// assert_eq!(now, "now()");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The dialect of SQLite.
    Sqlite,
    /// The dialect of PostgreSQL.
    Postgres,
    /// The dialect of MySQL and MariaDB.
    MySql,
}

impl Dialect {
    /// Returns its name, for people.
    ///
    /// ```
    /// use salon_database::Dialect;
    ///
    /// assert_eq!(Dialect::Postgres.name(), "PostgreSQL");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        }
    }

    /// Quotes the name of a table or column, so that it may be a reserved word. The name must be an identifier, because
    /// nothing in it is escaped.
    ///
    /// ```
    /// use salon_database::Dialect;
    ///
    /// assert_eq!(Dialect::MySql.quoted("order"), "`order`");
    /// assert_eq!(Dialect::Sqlite.quoted("order"), "\"order\"");
    /// ```
    #[must_use]
    pub fn quoted(self, name: &str) -> String {
        let mark = if self == Self::MySql { '`' } else { '"' };
        format!("{mark}{name}{mark}")
    }

    /// Returns the folder of its migrations, below `database/migrations`.
    ///
    /// ```
    /// use salon_database::Dialect;
    ///
    /// assert_eq!(Dialect::MySql.folder(), "mysql");
    /// ```
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }
}
