//! A pool with no connection left.

use std::time::{Duration, Instant};

use salon_tests::Gate;
use tokio::task::JoinSet;

use super::place::Place;

#[tokio::test]
async fn f_12_a_handler_with_the_only_connection_has_its_session_before_and_after() {
    let mut place = Place::sqlite().await;
    place.set_connection("MAX_CONNECTIONS", "1");
    let (server, gate) = (place.server().await, Gate::new().await);
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let (path, visitor) = (format!("/hold?{}", gate.query()), ada.clone());
    let holding = tokio::spawn(async move { visitor.get(&path).await });
    let waiting = gate.arrival().await;
    // Another request waits for the connection meanwhile, and gets it.
    let visitor = server.visitor();
    let other = tokio::spawn(async move { visitor.get("/count").await });
    waiting.go_on().await;
    holding.await.expect("an answer").assert_status(200).assert_see("2");
    other.await.expect("an answer").assert_status(200).assert_see("1");
    ada.get("/count").await.assert_see("3");
    server.stop().await.assert_success();
}

#[tokio::test]
async fn f_12_a_save_within_a_handler_with_the_only_connection_is_an_error_and_no_deadlock() {
    let mut place = Place::sqlite().await;
    place.set_connection("MAX_CONNECTIONS", "1");
    place.set_connection("CONNECT_TIMEOUT", "1");
    let server = place.server().await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let since = Instant::now();
    let answer = ada.get("/hold-and-save").await;
    answer
        .assert_see("no connection to `sqlite`")
        .assert_see("all 1 connections are in use")
        .assert_see("`max_connections`");
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    ada.get("/count").await.assert_status(200);
    server.stop().await.assert_success();
}

#[tokio::test]
async fn f_12_two_hundred_visitors_of_two_connections_are_answered_or_asked_to_come_again() {
    let mut place = Place::sqlite().await;
    place.set_connection("MAX_CONNECTIONS", "2");
    place.set_connection("CONNECT_TIMEOUT", "1");
    let (server, gate) = (place.server().await, Gate::new().await);
    let path = format!("/hold?connections=2&{}", gate.query());
    let visitor = server.visitor();
    let holding = tokio::spawn(async move { visitor.get(&path).await });
    let waiting = gate.arrival().await;
    let mut crowd = JoinSet::new();
    for _ in 0..200 {
        let visitor = server.visitor();
        crowd.spawn(async move { visitor.get("/count").await });
    }
    for answer in crowd.join_all().await {
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, Some("1")));
    }
    waiting.go_on().await;
    holding.await.expect("an answer").assert_status(200);
    let mut crowd = JoinSet::new();
    for _ in 0..20 {
        let visitor = server.visitor();
        crowd.spawn(async move { visitor.get("/count").await });
    }
    for answer in crowd.join_all().await {
        answer.assert_status(200).assert_see("1");
    }
    server.stop().await.assert_success();
}
