//! The commands that create the table.

use std::fs;

use salon::database::sqlx;
use salon_tests::{
    mode,
    servers::{MariaDb, Postgres},
};

use super::place::Place;

async fn goes_from_nothing_to_sessions_and_back(place: Place, dialect: &str) {
    let refusal = place.refusal().await;
    refusal.assert_refused(&["no table `sessions`", "cargo run -- session:table", "cargo run -- migrate"]);
    let folder = format!("database/migrations/{dialect}");
    let none = place.run(&["migrate:status"]).await;
    assert!(none.assert_success().stdout.contains("There are no migrations in"), "{none:?}");

    let written = place.run(&["session:table"]).await;
    assert!(written.assert_success().stdout.contains("Next step: cargo run -- migrate\n"), "{written:?}");
    let files: Vec<_> = fs::read_dir(place.folder.path().join(&folder)).expect("a folder").flatten().collect();
    assert_eq!(files.len(), 2);
    place
        .run(&["session:table"])
        .await
        .assert_refused(&["_create_sessions_table.up.sql", "the migration already exists"]);
    let status = || place.run(&["migrate:status"]);
    assert!(status().await.stdout.starts_with("pending  "));
    assert!(place.run(&["migrate"]).await.assert_success().stdout.ends_with(" create sessions table.\n"));
    assert!(place.run(&["migrate"]).await.assert_success().stdout.starts_with("Nothing to do"));
    assert!(status().await.stdout.starts_with("applied  "));
    for file in &files {
        fs::rename(file.path(), place.folder.path().join(file.file_name())).expect("the file can be moved");
    }
    place.run(&["session:table"]).await.assert_refused(&["a table `sessions`", "already"]);
    place.run(&["migrate"]).await.assert_refused(&["its file is not in", &folder]);
    assert!(status().await.stdout.starts_with("missing  "));
    for file in &files {
        fs::rename(place.folder.path().join(file.file_name()), file.path()).expect("the file can be moved");
    }

    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    ada.get("/login").await.assert_status(200);
    ada.get("/count").await.assert_see("2");
    server.stop().await.assert_success();
    assert!(place.run(&["session:count"]).await.assert_success().stdout.contains("1 session is stored."));
    let server = place.server().await;
    ada.at(&server).get("/user").await.assert_see("ada");
    server.stop().await.assert_success();

    let back = place.run(&["migrate:rollback"]).await;
    assert!(back.assert_success().stdout.starts_with("Rolled back "), "{back:?}");
    assert!(place.run(&["migrate:rollback"]).await.assert_success().stdout.starts_with("Nothing to do"));
    place.refusal().await.assert_refused(&["no table `sessions`"]);
}

#[tokio::test]
async fn an_app_goes_from_nothing_to_sessions_in_sqlite() {
    let place = Place::new("sqlite", "sqlite:storage/new/database.sqlite");
    goes_from_nothing_to_sessions_and_back(place, "sqlite").await;
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn an_app_goes_from_nothing_to_sessions_in_postgresql() {
    let url = Postgres::shared().database("commands");
    goes_from_nothing_to_sessions_and_back(Place::new("postgres", &url), "postgres").await;
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn an_app_goes_from_nothing_to_sessions_in_mariadb() {
    let url = MariaDb::shared().database("commands").replace("mysql://", "mariadb://");
    goes_from_nothing_to_sessions_and_back(Place::new("mysql", &url), "mysql").await;
}

#[tokio::test]
async fn another_connection_than_the_default_one_is_named() {
    let mut place = Place::new("sqlite", "sqlite:storage/database.sqlite");
    place.set("DATABASE_DEFAULT", "redis");
    place.set("SESSION_CONNECTION", "sqlite");
    let refusal = place.refusal().await;
    refusal.assert_refused(&["cargo run -- migrate --connection sqlite"]);
    let written = place.run(&["session:table"]).await;
    assert!(written.assert_success().stdout.ends_with("cargo run -- migrate --connection sqlite\n"), "{written:?}");
    place.run(&["migrate"]).await.assert_refused(&["connection `redis`", "an SQL database"]);
    place.run(&["migrate", "--connection", "nowhere"]).await.assert_refused(&["no connection `nowhere`"]);
    place.run(&["migrate", "--connection", "sqlite"]).await.assert_success();
    place.server().await.stop().await.assert_success();
}

#[tokio::test]
async fn a_migration_that_fails_or_was_changed_says_which_it_is() {
    let place = Place::sqlite().await;
    let folder = place.folder.path().join("database/migrations/sqlite");
    place.folder.write("database/migrations/sqlite/29991231235959_wrong.sql", "CREATE TABL x (y)");
    place.run(&["migrate"]).await.assert_refused(&["migration 29991231235959 failed", "syntax error"]);
    place.folder.write("database/migrations/sqlite/29991231235959_wrong.sql", "CREATE TABLE x (y)");
    place.run(&["migrate"]).await.assert_success();
    place.run(&["migrate:rollback"]).await.assert_refused(&["29991231235959", ".down.sql"]);
    let mut files: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().map(|file| file.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".up.sql"));
    fs::write(&files[0], "CREATE TABLE other (y)").expect("a file");
    place.run(&["migrate"]).await.assert_refused(&["was changed after it was applied"]);
    assert!(place.run(&["migrate:status"]).await.stdout.starts_with("changed  "));
}

#[tokio::test]
async fn the_file_of_sqlite_and_its_folder_are_made_for_their_owner_only() {
    let place = Place::new("sqlite", "sqlite:storage/new/database.sqlite").with_table().await;
    let server = place.server().await;
    server.visitor().get("/count").await.assert_status(200);
    let folder = place.folder.path().join("storage/new");
    assert_eq!(mode(&folder), 0o700);
    for file in ["database.sqlite", "database.sqlite-wal", "database.sqlite-shm"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    server.stop().await.assert_success();
    assert!(!folder.join("database.sqlite-wal").exists(), "a regular shutdown leaves one file");
}

#[tokio::test]
async fn to_ask_how_far_migrations_have_come_changes_nothing() {
    let place = Place::new("sqlite", "sqlite:storage/database.sqlite");
    place.run(&["session:table"]).await.assert_success();
    assert!(place.run(&["migrate:status"]).await.assert_success().stdout.starts_with("pending  "));
    assert!(place.run(&["migrate:rollback"]).await.assert_success().stdout.starts_with("Nothing to do"));
    let pool = place.pool().await;
    let tables = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM sqlite_master");
    assert_eq!(tables.fetch_one(pool.sqlite().expect("SQLite")).await.expect("a number"), 0);
}

/// As when several machines are deployed at once.
#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn processes_that_migrate_a_new_database_at_the_same_moment_are_not_in_each_other_s_way() {
    for _ in 0..3 {
        let place = Place::new("postgres", &Postgres::shared().database("at_once"));
        place.run(&["session:table"]).await.assert_success();
        let migrate = || place.run(&["migrate"]);
        let (a, b, c, d) = tokio::join!(migrate(), migrate(), migrate(), migrate());
        for ended in [a, b, c, d] {
            ended.assert_success();
        }
    }
}

/// Writes a migration for MariaDB.
fn write(place: &Place, name: &str, text: &str) {
    fs::create_dir_all(place.folder.path().join("database/migrations/mysql")).expect("a folder");
    place.folder.write(&format!("database/migrations/mysql/{name}"), text);
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn a_migration_of_mariadb_that_failed_half_way_is_not_taken_for_an_applied_one() {
    let place = Place::new("mysql", &MariaDb::shared().database("half_way"));
    write(&place, "20260131120000_half.up.sql", "CREATE TABLE half (x INT); CREATE TABL other (x INT);");
    place.run(&["migrate"]).await.assert_refused(&["migration 20260131120000 failed"]);
    let status = place.run(&["migrate:status"]).await;
    assert!(
        status.assert_success().stdout.starts_with("unfinished  20260131120000 half (it failed halfway)"),
        "{status:?}"
    );
    for command in ["migrate", "migrate:rollback"] {
        place.run(&[command]).await.assert_refused(&["20260131120000 stopped halfway", "repair the tables by hand"]);
    }
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn a_migration_of_mariadb_that_cannot_be_taken_back_says_which_it_is() {
    let place = Place::new("mysql", &MariaDb::shared().database("back"));
    write(&place, "20260131120000_one.up.sql", "CREATE TABLE one (x INT)");
    write(&place, "20260131120000_one.down.sql", "DROP TABL one");
    place.run(&["migrate"]).await.assert_success();
    place.run(&["migrate:rollback"]).await.assert_refused(&["migration 20260131120000 failed", "SQL syntax"]);
}
