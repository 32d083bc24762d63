//! Parallel requests of one visitor, in one process and in two.

use salon_tests::{Answer, AppFolder, Gate, Server, Visitor};
use tokio::task::JoinSet;

const MANY: usize = 50;

/// Sends them all at once, and lets none of the handlers save before all have loaded the session.
async fn at_once(visitors: &[Visitor], gate: &Gate, path: impl Fn(usize) -> String) -> Vec<Answer> {
    let mut requests = JoinSet::new();
    for (number, visitor) in visitors.iter().cycle().take(MANY).cloned().enumerate() {
        let path = path(number);
        requests.spawn(async move { visitor.get(&path).await });
    }
    for handler in gate.arrivals(MANY).await {
        handler.go_on().await;
    }
    requests.join_all().await
}

async fn fifty_puts(visitors: &[Visitor]) {
    let gate = Gate::new().await;
    visitors[0].get("/put?key=first").await;
    for answer in at_once(visitors, &gate, |number| format!("/put?key=u{number}&{}", gate.query())).await {
        answer.assert_status(200);
    }
    let kept = visitors[0].get("/all").await.json();
    let missing: Vec<usize> = (0..MANY).filter(|number| kept[format!("u{number}")].is_null()).collect();
    assert_eq!(missing, Vec::<usize>::new(), "{kept}");
    assert!(!kept["first"].is_null());
}

async fn fifty_counts(visitors: &[Visitor]) {
    let gate = Gate::new().await;
    visitors[0].get("/count").await.assert_see("1");
    for answer in at_once(visitors, &gate, |_| format!("/count?{}", gate.query())).await {
        answer.assert_status(200).assert_see("2");
    }
    assert_eq!(visitors[0].get("/all").await.json()["count"], MANY + 1);
}

#[tokio::test]
async fn fifty_requests_that_each_put_another_key_leave_fifty_keys() {
    for driver in ["file", "memory", "ledger"] {
        let folder = AppFolder::new();
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        fifty_puts(&[server.visitor()]).await;
    }
}

#[tokio::test]
async fn fifty_increments_add_fifty() {
    for driver in ["file", "memory", "ledger"] {
        let folder = AppFolder::new();
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        fifty_counts(&[server.visitor()]).await;
    }
}

#[tokio::test]
async fn two_servers_on_one_folder_share_the_sessions() {
    let folder = AppFolder::new();
    let (first, second) = (Server::app(&folder, &[]).await, Server::app(&folder, &[]).await);
    let ada = first.visitor();
    for count in 1..=6 {
        let visitor = if count % 2 == 0 { ada.at(&second) } else { ada.clone() };
        visitor.get("/").await.assert_see(&format!("<strong>{count}</strong>"));
    }
    assert_eq!(folder.session_files().len(), 1);
}

#[tokio::test]
async fn two_servers_on_one_folder_lose_no_write() {
    let folder = AppFolder::new();
    let (first, second) = (Server::probe(&folder, &[]).await, Server::probe(&folder, &[]).await);
    let ada = first.visitor();
    let at_both = [ada.clone(), ada.at(&second)];
    fifty_puts(&at_both).await;
    fifty_counts(&at_both).await;
}

#[tokio::test]
async fn a_logout_beats_a_request_that_saves_later() {
    for driver in ["file", "memory", "ledger"] {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let ada = server.visitor();
        ada.get("/login").await.assert_status(200);
        let thief = ada.copy();

        let (slow, path) = (ada.copy(), format!("/put?key=late&{}", gate.query()));
        let saving = tokio::spawn(async move { slow.get(&path).await });
        let handler = gate.arrival().await;
        ada.get("/logout").await.assert_status(200);
        handler.go_on().await;
        // Its response is sent, and nothing else of it takes effect.
        saving.await.expect("an answer").assert_status(200).assert_see("put").assert_no_cookie();

        thief.get("/all").await.assert_see("{}");
        thief.get("/user").await.assert_see("null");
        assert_eq!(folder.session_files().len(), 0, "{driver}");
        server.process().complaint("the session ended while a request used it").await;
    }
}

#[tokio::test]
async fn requests_under_way_when_the_id_is_renewed_are_not_logged_out() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/login").await;
    let before = ada.copy();

    let (slow, path) = (before.clone(), format!("/put?key=late&{}", gate.query()));
    let saving = tokio::spawn(async move { slow.get(&path).await });
    let handler = gate.arrival().await;
    ada.get("/regenerate").await.assert_status(200);
    assert_ne!(ada.cookie("session"), before.cookie("session"));
    handler.go_on().await;
    saving.await.expect("an answer").assert_status(200);

    // A request that started with the old id, too.
    before.get("/user").await.assert_see("ada");
    let kept = ada.get("/all").await.json();
    assert_eq!((&kept["name"], kept["late"].is_boolean()), (&"Ada".into(), true), "{kept}");
}
