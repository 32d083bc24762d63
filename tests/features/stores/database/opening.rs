//! What keeps an app with a database from starting: one sentence that says what to do.

use salon_tests::servers::{MariaDb, Postgres, free_port};

use super::place::Place;

#[tokio::test]
async fn a_file_that_cannot_be_made_or_is_something_else() {
    let place = Place::new("sqlite", "sqlite:/proc/nowhere/database.sqlite");
    place.refusal().await.assert_refused(&[
        "cannot connect to `sqlite`",
        "/proc/nowhere/database.sqlite",
        "the write permission there",
    ]);
    let place = Place::new("sqlite", "sqlite:config/app.toml");
    place.refusal().await.assert_refused(&["is not an SQLite database"]);
    let place = Place::new("sqlite", "sqlite::memory:");
    place.refusal().await.assert_refused(&["must name a file"]);
    let place = Place::new("sqlite", "sqlite:storage/nowhere.sqlite?mode=rw");
    place.refusal().await.assert_refused(&["cannot be opened", "check that it and its folder exist"]);
}

#[tokio::test]
async fn sr_43_a_table_whose_name_is_more_than_a_name_is_refused() {
    let mut place = Place::sqlite().await;
    for table in ["a;drop", "a b", "a\"b", "1a", "a--"] {
        place.set("SESSION_TABLE", table);
        place.refusal().await.assert_refused(&["SESSION_TABLE", "letters, digits and `_`"]);
    }
    place.set("SESSION_TABLE", "select");
    place.run(&["session:table"]).await.assert_success();
    place.run(&["migrate"]).await.assert_success();
    let server = place.server().await;
    server.visitor().get("/count").await.assert_see("1");
    server.stop().await.assert_success();
}

#[tokio::test]
async fn a_foreign_table_is_distinguished_from_ours() {
    let place = Place::new("sqlite", "sqlite:storage/database.sqlite");
    let pool = place.pool().await;
    let other = "CREATE TABLE sessions (id TEXT PRIMARY KEY, payload TEXT, last_activity INTEGER)";
    salon::database::sqlx::query(other).execute(pool.sqlite().expect("SQLite")).await.expect("a table");
    place.refusal().await.assert_refused(&[
        "`sessions`",
        "the columns that sessions need",
        "`table` in config/session.toml",
    ]);
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_postgresql_that_is_not_there_or_lets_nobody_in() {
    let server = Postgres::shared();
    let down = format!("postgres://salon:Trust.Nobody@127.0.0.1:{}/salon", free_port());
    let refusal = Place::new("postgres", &down).refusal().await;
    refusal.assert_refused(&["cannot connect to `postgres`", "nothing listens there: start the server"]);
    assert!(!refusal.stderr.contains("Trust.Nobody"), "{refusal:?}");
    let wrong = server.url().replace("salon:salon@", "salon:Trust.Nobody@");
    let refusal = Place::new("postgres", &wrong).refusal().await;
    refusal.assert_refused(&["the server refuses the user or the password"]);
    assert!(!refusal.stderr.contains("Trust.Nobody"), "{refusal:?}");
    let place = Place::new("postgres", &format!("{}_of_nobody", server.url()));
    place.refusal().await.assert_refused(&["the server has no such database: create it"]);
    let place = Place::new("postgres", "postgres://salon:Trust.Nobody@127.0.0.1:port/salon");
    let refusal = place.refusal().await;
    refusal.assert_refused(&[
        "`connections.postgres.url` in config/database.toml is invalid",
        "postgres://user:password@host:5432/database",
    ]);
    assert!(!refusal.stderr.contains("Trust.Nobody"), "{refusal:?}");
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn a_mariadb_that_is_not_there_or_lets_nobody_in() {
    let server = MariaDb::shared();
    let place = Place::new("mysql", &format!("mysql://salon:salon@127.0.0.1:{}/salon", free_port()));
    place.refusal().await.assert_refused(&["cannot connect to `mysql`", "nothing listens there: start the server"]);
    let place = Place::new("mysql", &server.url().replace("salon:salon@", "salon:wrong@"));
    place.refusal().await.assert_refused(&["the server refuses the user or the password"]);
    let place = Place::new("mysql", &format!("{}_of_nobody", server.url()));
    place.refusal().await.assert_refused(&["the server has no such database: create it"]);
    let mut place = Place::new("mysql", &server.database("packets")).with_table().await;
    place.set("SESSION_MAX_BYTES", "33000000");
    place.refusal().await.assert_refused(&["max_allowed_packet", "`max_bytes`"]);
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn postgresql_speaks_tls_with_an_app_that_trusts_its_certificate() {
    let server = Postgres::with_tls();
    let mut place = Place::new("postgres", server.url().split('?').next().expect("a URL"));
    place.refusal().await.assert_refused(&["connection `postgres`"]);
    place.set_connection("CA", &server.certificate().expect("a certificate").authority().display().to_string());
    let place = place.with_table().await;
    let app = place.server().await;
    app.visitor().get("/count").await.assert_see("1");
    app.stop().await.assert_success();
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn mariadb_speaks_tls_with_an_app_that_trusts_its_certificate() {
    let server = MariaDb::with_tls();
    let url = server.url();
    let url = url.split('?').next().expect("a URL");
    let refusal = Place::new("mysql", &format!("{url}?ssl-mode=VERIFY_IDENTITY")).refusal().await;
    refusal.assert_refused(&["cannot connect to `mysql`", "`ca`"]);
    let mut place = Place::new("mysql", url);
    place.set_connection("CA", &server.certificate().expect("a certificate").authority().display().to_string());
    let place = place.with_table().await;
    let app = place.server().await;
    app.visitor().get("/count").await.assert_see("1");
    app.stop().await.assert_success();
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn a_table_in_postgresql_that_the_user_may_not_read_is_not_taken_for_somebody_else_s() {
    let server = Postgres::shared();
    let mut place = Place::new("postgres", &server.database("rights")).with_table().await;
    server.command("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    place.set_connection("URL", &place.url.replace("salon:salon@", "guest:guest@"));
    let refusal = place.refusal().await;
    refusal.assert_refused(&["the user lacks privileges on this database or its tables", "permission denied"]);
    assert!(!refusal.stderr.contains("the columns that sessions need"), "{refusal:?}");
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn a_table_in_mariadb_that_the_user_may_not_read_is_not_taken_for_somebody_else_s() {
    let server = MariaDb::shared();
    let mut place = Place::new("mysql", &server.database("rights")).with_table().await;
    server.command("CREATE USER guest@'%' IDENTIFIED BY 'guest'; GRANT SELECT ON rights._sqlx_migrations TO guest@'%'");
    place.set_connection("URL", &place.url.replace("salon:salon@", "guest:guest@"));
    let refusal = place.refusal().await;
    refusal.assert_refused(&["the user lacks privileges on this database or its tables", "denied"]);
    assert!(!refusal.stderr.contains("the columns that sessions need"), "{refusal:?}");
}
