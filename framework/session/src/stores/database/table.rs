//! The table itself.

use salon_database::Dialect;

/// Returns the SQL that creates the table, and the SQL that drops it.
pub fn migration(dialect: Dialect, table: &str) -> (String, String) {
    let quote = |name: &str| dialect.quoted(name);
    let (name, by_user, by_end) =
        (quote(table), quote(&format!("{table}_user_id")), quote(&format!("{table}_expires_at")));
    let (digest, number, user, record) = match dialect {
        Dialect::Sqlite => ("BLOB", "INTEGER", "TEXT", "BLOB"),
        Dialect::Postgres => ("BYTEA", "BIGINT", "VARCHAR(191)", "BYTEA"),
        Dialect::MySql => {
            ("BINARY(32)", "BIGINT", "VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "MEDIUMBLOB")
        }
    };
    let end = match dialect {
        Dialect::MySql => format!(
            "    record {record} NOT NULL,\n    INDEX {by_user} (user_id),\n    INDEX {by_end} (expires_at)\n) ENGINE = InnoDB;\n"
        ),
        Dialect::Sqlite | Dialect::Postgres => format!(
            "    record {record} NOT NULL\n);\n\n\
             CREATE INDEX {by_user} ON {name} (user_id) WHERE user_id IS NOT NULL;\n\
             CREATE INDEX {by_end} ON {name} (expires_at);\n"
        ),
    };
    let up = format!(
        "-- The sessions of the `database` driver. The digest is the SHA-256 of the session's id, which cannot be derived from it.\n\
         -- `record` holds the whole session, with a checksum. Times are seconds since 1970-01-01 UTC. Version -1 marks a renewed id.\n\
         -- `save_id` identifies the save that wrote the row, in case its response is lost with the connection.\n\
         CREATE TABLE {name} (\n    \
             digest {digest} NOT NULL PRIMARY KEY,\n    \
             version {number} NOT NULL,\n    \
             user_id {user} NULL,\n    \
             created_at {number} NOT NULL,\n    \
             active_at {number} NOT NULL,\n    \
             expires_at {number} NOT NULL,\n    \
             save_id {number} NOT NULL,\n\
         {end}"
    );
    (up, format!("DROP TABLE {name};\n"))
}
