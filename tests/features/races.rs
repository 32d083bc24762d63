//! Requests of one session that race: in two servers, with logins, logouts and renewals, and for a flash message.

use salon_tests::{AppFolder, Connection, Gate, Server, Visitor};
use tokio::task::{JoinHandle, JoinSet};

/// A request that is at the gate when this returns.
async fn slow(visitor: &Visitor, path: &str, gate: &Gate) -> (JoinHandle<salon_tests::Answer>, salon_tests::Waiting) {
    let joint = if path.contains('?') { '&' } else { '?' };
    let (visitor, path) = (visitor.clone(), format!("{path}{joint}{}", gate.query()));
    let request = tokio::spawn(async move { visitor.get(&path).await });
    (request, gate.arrival().await)
}

#[tokio::test]
async fn f_20_what_is_written_together_is_read_together_in_two_servers() {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 20;
    let folder = AppFolder::new();
    let servers = [Server::probe(&folder, &[]).await, Server::probe(&folder, &[]).await];
    let ada = servers[0].visitor();
    ada.get("/pair?value=0").await.assert_status(200);
    let mut work = JoinSet::new();
    for number in 0..WRITERS {
        let (writer, reader) = (ada.at(&servers[number % 2]), ada.at(&servers[(number + 1) % 2]));
        work.spawn(async move {
            for round in 0..ROUNDS {
                let path = format!("/pair?value={}", number * 1_000 + round);
                let (wrote, read) = tokio::join!(writer.get(&path), reader.get("/all"));
                wrote.assert_status(200);
                let all = read.json();
                assert!(all["left"].is_u64() && all["left"] == all["right"], "{all}");
            }
        });
    }
    work.join_all().await;
    let all = ada.get("/all").await.json();
    assert_eq!(all["left"], all["right"]);
}

#[tokio::test]
async fn f_22_a_logout_in_one_server_beats_a_slow_save_in_another() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let (first, second) = (Server::probe(&folder, &[]).await, Server::probe(&folder, &[]).await);
    let ada = first.visitor();
    ada.get("/login").await;
    let thief = ada.copy();
    let (saving, handler) = slow(&ada.copy().at(&second), "/put?key=late", &gate).await;
    ada.get("/logout").await.assert_status(200);
    handler.go_on().await;
    saving.await.expect("an answer").assert_status(200).assert_no_cookie();
    for server in [&first, &second] {
        thief.at(server).get("/all").await.assert_see("{}");
    }
    assert!(folder.session_files().is_empty());
    second.process().complaint("the session ended while a request used it").await;
}

#[tokio::test]
async fn f_23_parallel_renewals_make_one_successor() {
    for driver in ["file", "memory", "ledger"] {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let ada = server.visitor();
        ada.get("/login").await;
        let old = ada.copy();
        let tabs: Vec<Visitor> = (0..8).map(|_| ada.copy()).collect();
        let mut renewals = Vec::new();
        for tab in &tabs {
            renewals.push(slow(tab, "/regenerate", &gate).await);
        }
        for (renewal, handler) in renewals {
            handler.go_on().await;
            renewal.await.expect("an answer").assert_status(200);
        }
        let new: Vec<Option<String>> = tabs.iter().map(|tab| tab.cookie("session")).collect();
        assert!(new.iter().all(|id| *id == new[0] && *id != old.cookie("session")), "{driver}: {new:?}");
        tabs[0].get("/user").await.assert_see("ada");
        if driver == "file" {
            assert_eq!(folder.session_files().len(), 2, "the successor, and the forward to it");
        }
    }
}

#[tokio::test]
async fn f_23_a_logout_wins_over_a_renewal() {
    for driver in ["file", "memory", "ledger"] {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let ada = server.visitor();
        ada.get("/login").await;
        let thief = ada.copy();
        // One that comes too late, and one that came first.
        let (renewal, handler) = slow(&ada.copy(), "/regenerate", &gate).await;
        let early = ada.copy();
        early.get("/regenerate").await.assert_status(200);
        ada.get("/logout").await.assert_status(200);
        handler.go_on().await;
        renewal.await.expect("an answer").assert_status(200).assert_no_cookie();
        for visitor in [&ada, &early, &thief] {
            visitor.get("/user").await.assert_see("null");
        }
        assert!(folder.session_files().len() <= 1, "{driver}: at most the old id's forward, which leads nowhere");
    }
}

#[tokio::test]
async fn f_24_a_write_that_began_before_the_login_does_not_land_after_it() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    let before = ada.copy();
    let (saving, handler) = slow(&before, "/put?key=planted", &gate).await;
    ada.get("/login").await.assert_status(200);
    handler.go_on().await;
    saving.await.expect("an answer").assert_status(200).assert_no_cookie();
    assert_eq!(ada.get("/all").await.json()["planted"], serde_json::Value::Null);
    before.get("/user").await.assert_see("null");
}

#[tokio::test]
async fn f_37_of_two_tabs_that_race_for_a_message_both_show_it_and_no_third() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/flash").await;
    let (first, at_first) = slow(&ada, "/flash/shown", &gate).await;
    let (second, at_second) = slow(&ada, "/flash/shown", &gate).await;
    for (tab, handler) in [(first, at_first), (second, at_second)] {
        handler.go_on().await;
        tab.await.expect("an answer").assert_status(200).assert_see("Saved.");
    }
    ada.get("/flash/shown").await.assert_see("none");
}

#[tokio::test]
async fn sr_09_a_slow_answer_does_not_take_a_newer_cookie_away() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[("SESSION_TOUCH_INTERVAL", "0")]).await;
    for path in ["/put?key=late", "/flash/shown", "/regenerate"] {
        let ada = server.visitor();
        ada.get("/count").await;
        let (slow, handler) = slow(&ada, path, &gate).await;
        ada.get("/login").await.assert_status(200);
        let cookie = ada.cookie("session");
        handler.go_on().await;
        slow.await.expect("an answer").assert_status(200).assert_no_cookie();
        assert_eq!(ada.cookie("session"), cookie);
        ada.get("/user").await.assert_see("ada");
    }
}

#[tokio::test]
async fn sr_22_an_id_that_was_logged_out_is_dead_in_every_server_and_on_every_connection() {
    let folder = AppFolder::new();
    let (first, second) = (Server::probe(&folder, &[]).await, Server::probe(&folder, &[]).await);
    let ada = first.visitor();
    ada.get("/login").await;
    let cookie = format!("session={}", ada.cookie("session").expect("a cookie"));
    let request = |path: &str| {
        let request = salon_tests::Request::get(path).header("cookie", &cookie);
        request.body(bytes::Bytes::new()).expect("a request")
    };
    let mut open = [Connection::http1(second.address()).await, Connection::http2(first.address()).await];
    for connection in &mut open {
        connection.send(request("/user")).await.assert_see("ada");
    }
    ada.get("/logout").await.assert_status(200);
    for _ in 0..200 {
        for connection in &mut open {
            connection.send(request("/user")).await.assert_see("null").assert_no_cookie();
        }
    }
    // Writing does not bring it back either.
    for connection in &mut open {
        connection.send(request("/count")).await.assert_see("1");
        connection.send(request("/all")).await.assert_see("{}");
    }
}
