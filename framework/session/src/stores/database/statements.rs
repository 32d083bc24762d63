//! The SQL statements. They are built once. The only name in them that does not come from us is the table's, which
//! `SessionConfig::validate` restricts to an identifier.

use salon_database::{Dialect, sql::Sql};

/// The version of a forward. No update expects it.
pub(super) const MOVED: i64 = -1;

/// The columns of [`Row`](salon_database::sql::Row).
const ROW: &str = "digest, version, active_at, expires_at, save_id, record";
/// The columns of a new row.
const ALL: &str = "digest, version, user_id, created_at, active_at, expires_at, save_id, record";

/// Every statement of the driver, in the dialect of the database.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Sql,
    pub(super) create: Sql,
    pub(super) update: Sql,
    pub(super) touch: Sql,
    /// Replaces a live record of the expected version with the forward to its successor.
    pub(super) retire: Sql,
    /// Like `retire`, and creates the successor, where one statement can do both.
    pub(super) rotate: Option<Sql>,
    /// Removes a live record and returns it, where one statement can do both.
    pub(super) end: Option<Sql>,
    pub(super) remove: Sql,
    pub(super) collect: Sql,
    pub(super) count: Sql,
    pub(super) of_user: Sql,
    pub(super) end_user_sessions: Sql,
    pub(super) scan: Sql,
    /// Begins a transaction that writes.
    pub(super) begin: &'static str,
}

impl Statements {
    pub(super) fn new(dialect: Dialect, table: &str) -> Self {
        let (is_mysql, is_postgres) = (dialect == Dialect::MySql, dialect == Dialect::Postgres);
        let table = dialect.quoted(table);
        let sql = |text: &str| Sql::new(if is_postgres { numbered(text) } else { text.to_owned() });
        let (greatest, on_conflict) = match dialect {
            Dialect::Sqlite => ("MAX", " ON CONFLICT (digest) DO NOTHING"),
            Dialect::Postgres => ("GREATEST", " ON CONFLICT (digest) DO NOTHING"),
            Dialect::MySql => ("GREATEST", ""),
        };
        let retire = format!(
            "UPDATE {table} SET version = {MOVED}, user_id = NULL, expires_at = ?, record = ? WHERE digest = ? AND version = ?"
        );
        let collect = match dialect {
            Dialect::Sqlite => format!(
                "DELETE FROM {table} WHERE expires_at <= ? AND digest IN (SELECT digest FROM {table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"
            ),
            // Rows that a request has locked at this moment are left for the next run. The outer condition is checked
            // again on rows that had to be waited for.
            Dialect::Postgres => format!(
                "DELETE FROM {table} WHERE expires_at <= ? AND digest = ANY (ARRAY(SELECT digest FROM {table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED))"
            ),
            Dialect::MySql => {
                format!("DELETE FROM {table} WHERE expires_at <= ? AND expires_at <= ? ORDER BY expires_at LIMIT ?")
            }
        };
        Self {
            load: sql(&format!("SELECT {ROW} FROM {table} WHERE digest = ?")),
            create: sql(&format!("INSERT INTO {table} ({ALL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?){on_conflict}")),
            update: sql(&format!(
                "UPDATE {table} SET version = ?, user_id = ?, created_at = ?, active_at = ?, expires_at = ?, save_id = ?, record = ? WHERE digest = ? AND version = ?"
            )),
            touch: sql(&format!(
                "UPDATE {table} SET active_at = {greatest}(active_at, ?), expires_at = {greatest}(expires_at, ?) WHERE digest = ? AND version >= 0"
            )),
            rotate: is_postgres.then(|| {
                sql(&format!(
                    "WITH retired AS ({retire} RETURNING 1) INSERT INTO {table} ({ALL}) SELECT ?, ?, ?, ?, ?, ?, ?, ? FROM retired"
                ))
            }),
            retire: sql(&retire),
            // MariaDB supports `RETURNING` here, MySQL does not.
            end: (!is_mysql)
                .then(|| sql(&format!("DELETE FROM {table} WHERE digest = ? AND version >= 0 RETURNING {ROW}"))),
            remove: sql(&format!("DELETE FROM {table} WHERE digest = ? AND version = ?")),
            collect: sql(&collect),
            count: sql(&format!("SELECT COUNT(*) FROM {table} WHERE version >= 0 AND expires_at > ?")),
            of_user: sql(&format!("SELECT {ROW} FROM {table} WHERE user_id = ?")),
            end_user_sessions: sql(&format!("DELETE FROM {table} WHERE digest = ? AND version >= 0 AND user_id = ?")),
            // A row with a digest of another length is not ours, and could not serve as the position of the next page.
            scan: sql(&format!(
                "SELECT {ROW} FROM {table} WHERE digest > ? AND LENGTH(digest) = 32 ORDER BY digest LIMIT ?"
            )),
            begin: if dialect == Dialect::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" },
        }
    }
}

/// Replaces each `?` with `$1`, `$2` and so on.
fn numbered(text: &str) -> String {
    let mut parts = text.split('?');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(first, |text, (index, part)| format!("{text}${}{part}", index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bound_is_numbered_for_postgres() {
        let statements = Statements::new(Dialect::Postgres, "sessions");
        let text = "DELETE FROM \"sessions\" WHERE digest = $1 AND version = $2";
        assert_eq!(statements.remove.as_str(), text);
        let rotate = statements.rotate.unwrap();
        assert!(rotate.as_str().contains("version = $4 RETURNING") && rotate.as_str().contains("$12 FROM retired"));
    }

    #[test]
    fn sr_43_no_text_has_a_value_in_it() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
            let shown = format!("{:?}", Statements::new(dialect, "sessions")).replace("\\\"sessions\\\"", "");
            assert!(!shown.contains('\''), "{shown}");
        }
    }
}
