//! A server that is killed while it writes to SQLite.

use salon::database::sqlx;
use salon_tests::{Signal, Visitor};
use tokio::task::JoinSet;

use super::place::Place;
use crate::crashes::{a_server_with_writers, interrupted};

/// Kills it again and again, half of the time while the log is being written back into the database.
#[tokio::test]
async fn f_02_a_server_on_sqlite_that_is_killed_over_and_over_loses_nothing_that_it_acknowledged() {
    const ROUNDS: usize = 16;
    let place = Place::sqlite().await;
    let (mut server, mut writers) = a_server_with_writers(&place.folder, &place.environment()).await;
    for round in 0..ROUNDS {
        let address = server.address();
        let checkpoints = tokio::spawn(async move {
            while round % 2 == 1 && Visitor::new(address).try_get("/checkpoint").await.is_some() {}
        });
        let (survivors, ended) = interrupted(server, writers, 20 + 7 * (round % 5), Signal::KILL).await;
        checkpoints.await.expect("the task ends with the server");
        assert!(!ended.stderr.contains("cannot be read"), "{ended:?}");
        writers = survivors;
        let pool = place.pool().await;
        let checked = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(pool.sqlite().expect("SQLite")).await;
        assert_eq!(checked.map_err(|error| error.to_string()), Ok("ok".to_owned()));
        pool.sqlite().expect("SQLite").close().await;
        server = place.server().await;
        for writer in &mut writers {
            writer.check(&server).await;
        }
    }
    let ended = server.stop().await;
    assert!(!ended.assert_success().stderr.contains("cannot be read"), "{ended:?}");
}

#[tokio::test]
async fn what_is_durable_in_sqlite_is_flushed_with_each_save() {
    let mut place = Place::sqlite().await;
    place.set("SESSION_DURABLE", "true");
    let server = place.server().await;
    server.visitor().get("/count").await.assert_see("1");
    let ended = server.stop().await;
    assert!(ended.assert_success().stderr.contains("PRAGMA synchronous = FULL"), "{ended:?}");
}

/// Another writer of the app makes the sessions wait, but not forever.
#[tokio::test]
async fn f_11_a_writer_that_does_not_end_keeps_sessions_waiting_and_then_they_say_so() {
    let mut place = Place::sqlite().await;
    place.set_connection("RESPONSE_TIMEOUT", "1");
    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let pool = place.pool().await;
    let pool = pool.sqlite().expect("SQLite");
    let writing = pool.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
    ada.get("/all").await.assert_see("\"count\":1");
    let refused = ada.get("/count").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("1")));
    writing.rollback().await.expect("its end");
    ada.get("/count").await.assert_see("2");
    let ended = server.stop().await;
    assert!(ended.assert_success().stderr.contains("database is locked"), "{ended:?}");
}

/// Only the first of the writers asks SQLite. The others wait for it in a queue of their own.
#[tokio::test]
async fn f_11_those_who_wait_for_a_writer_that_does_not_end_get_an_error_that_says_so() {
    let mut place = Place::sqlite().await;
    place.set_connection("RESPONSE_TIMEOUT", "1");
    let server = place.server().await;
    let pool = place.pool().await;
    let writing = pool.sqlite().expect("SQLite").begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
    let mut crowd = JoinSet::new();
    for _ in 0..6 {
        let visitor = server.visitor();
        crowd.spawn(async move { visitor.get("/count").await });
    }
    for refused in crowd.join_all().await {
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("1")));
    }
    writing.rollback().await.expect("its end");
    server.visitor().get("/count").await.assert_status(200).assert_see("1");
    let ended = server.stop().await;
    assert!(ended.assert_success().stderr.contains("SQLite allows only one writer at a time"), "{ended:?}");
    assert!(!ended.stderr.contains("connections are in use"), "{ended:?}");
}
