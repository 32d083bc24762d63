//! The macro `each!`.

/// Runs the same code on whichever database it is: sqlx has a type of its own for each of them.
macro_rules! each {
    ($kind:ident, $value:expr, $inner:ident => $body:expr) => {
        match $value {
            #[cfg(feature = "sqlite")]
            $kind::Sqlite($inner) => $body,
            #[cfg(feature = "postgres")]
            $kind::Postgres($inner) => $body,
            #[cfg(feature = "mysql")]
            $kind::MySql($inner) => $body,
        }
    };
}
