//! The driver `database` on SQLite, PostgreSQL and MariaDB.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use salon::{database::ConnectionConfig, session::testing::BuiltIn};
use salon_tests::servers::{MariaDb, Postgres, free_port};

/// An empty folder for the test that this thread runs.
fn folder() -> PathBuf {
    let test = thread::current().name().unwrap_or("test").replace("::", "-");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The driver with a table of its own, with timeouts for a busy machine.
fn on(url: &str) -> BuiltIn {
    static TABLES: AtomicU32 = AtomicU32::new(0);
    let mut connection = ConnectionConfig::to(url);
    (connection.connect_timeout, connection.response_timeout) = (20, 20);
    let table = format!("sessions_{}", TABLES.fetch_add(1, Ordering::Relaxed));
    BuiltIn::new("database", folder()).on(connection).session(|session| session.table = table)
}

/// Two of them on one table.
fn twice(driver: BuiltIn) -> (BuiltIn, BuiltIn) {
    (driver.clone().making_table(), driver)
}

const SQLITE: &str = "sqlite:storage/database.sqlite";

salon::testing::session_driver_suite!(
    on_sqlite,
    || async { on(SQLITE).making_table() },
    shared: || async { twice(on(SQLITE)) },
    unreachable: || async { on("sqlite:/proc/nowhere/database.sqlite") },
);

salon::testing::session_driver_suite!(
    #[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
    on_postgres,
    || async { on(&Postgres::shared().url()).making_table() },
    shared: || async { twice(on(&Postgres::shared().url())) },
    unreachable: || async { on(&format!("postgres://salon@127.0.0.1:{}/salon", free_port())) },
);

salon::testing::session_driver_suite!(
    #[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
    on_mariadb,
    || async { on(&MariaDb::shared().url()).making_table() },
    shared: || async { twice(on(&MariaDb::shared().url())) },
    unreachable: || async { on(&format!("mysql://salon@127.0.0.1:{}/salon", free_port())) },
);
