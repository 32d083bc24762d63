//! The table itself.

use salon_database::Dialect;

/// The text that makes the table, and the one that removes it.
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
        "-- The sessions of the driver \"database\". A row is found by the SHA-256 of the session's id, from which the id cannot be\n\
         -- had; `record` holds it all, with a checksum. Moments are seconds since 1970-01-01 UTC. Version -1: the id was renewed.\n\
         -- `save_id` tells the saves apart, for one whose answer was lost with its connection.\n\
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
