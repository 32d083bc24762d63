//! How many statements the database receives, and which ones.

use std::collections::BTreeSet;

use salon_tests::{
    Visitor,
    servers::{MariaDb, Postgres},
};

use super::place::Place;

/// What each kind of request costs: its name, its path, and the number of statements, as counted here.
const ON_POSTGRES: &[(&str, usize)] =
    &[("/count", 1), ("/count", 2), ("/read?key=count", 1), ("/regenerate", 2), ("/count", 2), ("/logout", 2)];

async fn asked(visitor: &Visitor, path: &str, count: impl Fn() -> usize) -> usize {
    let before = count();
    visitor.get(path).await.assert_status(200);
    count() - before
}

#[tokio::test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
async fn sr_43_postgresql_is_asked_once_for_a_load_and_once_for_a_save_in_prepared_words_only() {
    let postgres = Postgres::with_settings(&["log_statement = 'all'", "log_line_prefix = '%d: '"]);
    let place = Place::new("postgres", &postgres.database("counted")).with_table().await;
    let server = place.server().await;
    let begun = postgres.log().len();
    let log = || postgres.log()[begun..].to_owned();
    let statements = || log().lines().filter(|line| line.starts_with("counted: LOG: ")).count();
    let ada = server.visitor();
    for (path, expected) in ON_POSTGRES {
        assert_eq!(asked(&ada, path, statements).await, *expected, "{path}: {}", log());
    }
    assert_eq!(asked(&server.visitor(), "/nothing", statements).await, 0);
    assert_eq!(asked(&server.visitor(), "/read?key=count", statements).await, 0);
    let log = log();
    let texts: BTreeSet<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("counted: LOG:  "))
        .map(|line| line.strip_prefix("execute ").and_then(|line| line.split_once(": ")).expect("it is prepared").1)
        .collect();
    assert_eq!(texts.len(), 5, "load, create, save, renew and end: {texts:#?}");
    assert!(texts.iter().all(|text| !text.contains('\'')), "{texts:#?}");
    server.stop().await.assert_success();
}

#[tokio::test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
async fn mariadb_is_asked_once_for_a_load_and_once_for_a_save() {
    let mariadb = MariaDb::start();
    let place = Place::new("mysql", &mariadb.database("counted")).with_table().await;
    let server = place.server().await;
    let executed = || {
        let status = mariadb.command("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
        status.split_whitespace().last().and_then(|number| number.parse().ok()).expect("a number")
    };
    let ada = server.visitor();
    for (path, expected) in [("/count", 1), ("/count", 2), ("/read?key=count", 1)] {
        assert_eq!(asked(&ada, path, executed).await, expected, "{path}");
    }
    assert_eq!(asked(&server.visitor(), "/read?key=count", executed).await, 0);
    server.stop().await.assert_success();
}

#[tokio::test]
async fn sqlite_is_asked_once_for_a_load_and_once_for_a_save() {
    let place = Place::sqlite().await;
    let server = place.server().await;
    let ada = server.visitor();
    for path in ["/count", "/count", "/read?key=count"] {
        ada.get(path).await.assert_status(200);
    }
    server.visitor().get("/read?key=count").await.assert_status(200);
    let ended = server.stop().await;
    for (statement, expected) in [("INSERT INTO", 1), ("UPDATE", 1), ("SELECT", 2), ("DELETE", 0)] {
        let is_one = |line: &&str| line.contains("sqlx::query") && line.contains(statement);
        assert_eq!(ended.stderr.lines().filter(is_one).count(), expected, "{statement}: {ended:?}");
    }
}
