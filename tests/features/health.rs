//! Health checks: what a load balancer receives while a store is healthy, fails, and hangs.

use salon_tests::{AppFolder, Server};
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_store_that_goes_down_makes_the_app_unready_and_not_dead() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SESSION_DRIVER", "ledger")]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    for _ in 0..2 {
        let ready = ada.get("/health/ready").await;
        ready.assert_status(200).assert_no_cookie();
        assert_eq!((ready.json(), ready.header("cache-control")), (json!({ "status": "ready" }), Some("no-store")));

        ada.get("/ledger/down").await.assert_status(200);
        let unready = ada.get("/health/ready").await;
        unready.assert_status(503).assert_no_cookie().assert_dont_see("10.1.2.3");
        assert!(unready.header("retry-after").is_some());
        assert_eq!(unready.json(), json!({ "status": "unavailable", "failing": [{ "driver": "ledger" }] }));
        ada.get("/count").await.assert_status(503);
        let live = ada.get("/health/live").await;
        live.assert_status(200).assert_no_cookie();
        assert_eq!(live.json(), json!({ "status": "live" }));
        ada.get("/ledger/up").await;
    }
    ada.get("/count").await.assert_see("2");
    assert!(server.stop().await.assert_success().stderr.contains("answer a health check"), "the log says it");
}

#[tokio::test]
async fn in_development_it_is_said_why_a_store_fails() {
    let folder = AppFolder::new();
    let environment = [("SESSION_DRIVER", "ledger"), ("APP_ENV", "development"), ("APP_DEBUG", "true")];
    let server = Server::probe(&folder, &environment).await;
    server.visitor().get("/ledger/down").await;
    let unready = server.visitor().get("/health/ready").await.json();
    assert_eq!(unready["failing"][0]["reason"], "the ledger at 10.1.2.3 is shut");
}

#[tokio::test]
async fn f_08_checks_of_a_store_that_is_stuck_do_not_pile_up() {
    const CHECKS: usize = 30;
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SESSION_DRIVER", "ledger")]).await;
    server.visitor().get("/ledger/stuck").await;
    let reads = async || server.visitor().get("/ledger").await.json()["read"].as_u64().unwrap_or_default();
    let before = reads().await;
    let mut checks = JoinSet::new();
    for _ in 0..CHECKS {
        let visitor = server.visitor();
        checks.spawn(async move { visitor.get("/health/ready").await });
    }
    for unready in checks.join_all().await {
        unready.assert_status(503);
        assert_eq!(unready.json()["failing"][0]["driver"], "ledger");
    }
    server.visitor().get("/health/live").await.assert_status(200);
    assert_eq!(reads().await, before + 1, "one check for all callers");
    server.visitor().get("/ledger/up").await;
    server.visitor().get("/health/ready").await.assert_status(200);
}

#[tokio::test]
async fn every_driver_that_is_in_use_is_asked() {
    let folder = AppFolder::new();
    let environment = [("SESSION_DRIVER", "file"), ("SESSION_FALLBACK", "ledger")];
    let server = Server::probe(&folder, &environment).await;
    let ada = server.visitor();
    ada.get("/health/ready").await.assert_status(200);
    ada.get("/ledger/down").await;
    let unready = ada.get("/health/ready").await.json();
    assert_eq!(unready["failing"], json!([{ "driver": "ledger" }]), "and not the healthy one");
}
