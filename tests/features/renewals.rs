//! Renewals while requests with the old id are running: at a login, by `regenerate`, in one server and in two.

use salon_tests::{Answer, AppFolder, FakeClock, Gate, Server, Visitor, Waiting};
use tokio::task::{JoinHandle, JoinSet};

const KEEPING: [&str; 3] = ["file", "memory", "ledger"];

fn path(path: &str, gate: &Gate) -> String {
    format!("{path}{}{}", if path.contains('?') { '&' } else { '?' }, gate.query())
}

/// A request that is at the gate when this returns.
async fn slow(visitor: &Visitor, to: &str, gate: &Gate) -> (JoinHandle<Answer>, Waiting) {
    let (visitor, to) = (visitor.clone(), path(to, gate));
    let request = tokio::spawn(async move { visitor.get(&to).await });
    (request, gate.arrival().await)
}

#[tokio::test]
async fn sr_05_of_fifty_requests_with_the_old_id_none_is_logged_in_and_none_fails() {
    const MANY: usize = 50;
    for driver in KEEPING {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let ada = server.visitor();
        ada.get("/count").await.assert_see("1");
        let old = ada.copy();

        // Half of them are running when the login happens. The other half arrives while it is being saved, or
        // afterwards.
        let mut under_way = Vec::new();
        for number in 0..MANY / 2 {
            let to = ["/count", "/put?key=planted", "/regenerate", "/push?value=1"][number % 4];
            let to = if to.starts_with("/push") { "/update?value=1" } else { to };
            under_way.push((old.copy(), slow(&old.copy(), to, &gate).await));
        }
        let (login, at_gate) = slow(&ada, "/login", &gate).await;
        let mut requests = JoinSet::new();
        for number in 0..MANY / 2 {
            let to = ["/user", "/all", "/count", "/user", "/put?key=planted", "/regenerate"][number % 6];
            let tab = old.copy();
            requests.spawn(async move {
                let answer = tab.get(to).await;
                (tab, answer)
            });
        }
        at_gate.go_on().await;
        login.await.expect("an answer").assert_status(200);
        let mut answered = requests.join_all().await;
        for (tab, (request, handler)) in under_way {
            handler.go_on().await;
            answered.push((tab, request.await.expect("an answer")));
        }
        for (tab, answer) in answered {
            answer.assert_status(200).assert_dont_see("Ada").assert_dont_see("ada");
            tab.get("/user").await.assert_status(200).assert_see("null");
            tab.get("/all").await.assert_status(200).assert_dont_see("Ada");
        }
        old.get("/all").await.assert_status(200).assert_see("{}");
        ada.get("/user").await.assert_see("ada");
    }
}

#[tokio::test]
#[cfg_attr(not(faketime), ignore = "libfaketime is not installed; tests/run installs it")]
async fn sr_06_an_old_id_that_is_used_after_its_grace_is_an_event_and_a_slow_request_is_none() {
    for driver in KEEPING {
        let (folder, gate, clock) = (AppFolder::new(), Gate::new().await, FakeClock::new("+0s"));
        let server = Server::probe(&folder, &clock.environment(&[("SESSION_DRIVER", driver)])).await;
        let events = || server.process().complaints("session.obsolete_id");
        let ada = server.visitor();
        ada.get("/login").await.assert_status(200);
        let old = ada.copy();
        let (page, at_gate) = slow(&old.copy(), "/put?key=slow", &gate).await;
        ada.get("/regenerate").await.assert_status(200);

        clock.set("+29s");
        old.copy().get("/user").await.assert_see("ada");
        // It started before the id was renewed, and ends after the grace period.
        clock.set("+31s");
        at_gate.go_on().await;
        page.await.expect("an answer").assert_status(200).assert_no_cookie();
        ada.get("/user").await.assert_see("ada");
        assert_eq!(events(), 0, "{driver}");

        old.copy().get("/user").await.assert_status(200).assert_see("null").assert_no_cookie();
        let line = server.process().complaint("session.obsolete_id").await;
        let shown = line.split("session=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a digest");
        assert!(shown.len() == 8 && shown.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
        assert_eq!(events(), 1, "{driver}");
        ada.get("/user").await.assert_see("ada");
    }
}

#[tokio::test]
async fn f_23_renewals_in_two_servers_make_one_successor() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let servers = [Server::probe(&folder, &[]).await, Server::probe(&folder, &[]).await];
    let ada = servers[0].visitor();
    ada.get("/login").await.assert_status(200);
    let old = ada.copy();
    let tabs: Vec<Visitor> = (0..12).map(|number| ada.copy().at(&servers[number % 2])).collect();
    let mut renewals = Vec::new();
    for (number, tab) in tabs.iter().enumerate() {
        let to = if number % 3 == 2 { "/count" } else { "/regenerate" };
        renewals.push(slow(tab, to, &gate).await);
    }
    // All at once, so that they collide in the folder.
    let mut answers = JoinSet::new();
    for (renewal, handler) in renewals {
        handler.go_on().await;
        answers.spawn(renewal);
    }
    for answer in answers.join_all().await {
        answer.expect("an answer").assert_status(200);
    }
    for tab in &tabs {
        tab.get("/user").await.assert_see("ada");
    }
    let ids: Vec<Option<String>> = tabs.iter().map(|tab| tab.cookie("session")).collect();
    assert!(ids.iter().all(|id| *id == ids[0] && *id != old.cookie("session")), "{ids:?}");
    assert_eq!(tabs[0].get("/all").await.json()["count"], 4, "what was written in the meantime is in the successor");
}

#[tokio::test]
async fn f_23_a_logout_in_one_server_wins_over_renewals_in_both() {
    for round in 0..10 {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let servers = [Server::probe(&folder, &[]).await, Server::probe(&folder, &[]).await];
        let ada = servers[0].visitor();
        ada.get("/login").await.assert_status(200);
        let thief = ada.copy();
        let tabs: Vec<Visitor> = (0..7).map(|number| ada.copy().at(&servers[number % 2])).collect();
        let mut requests = Vec::new();
        for (number, tab) in tabs.iter().enumerate() {
            let to = if number == round % 7 { "/logout" } else { "/regenerate" };
            requests.push(slow(tab, to, &gate).await);
        }
        // The logout is sometimes among the first, sometimes among the last: all continue at once.
        let mut answers = JoinSet::new();
        for (request, handler) in requests {
            handler.go_on().await;
            answers.spawn(request);
        }
        for answer in answers.join_all().await {
            answer.expect("an answer").assert_status(200);
        }
        for visitor in tabs.iter().chain([&thief, &ada]) {
            for server in &servers {
                visitor.at(server).get("/user").await.assert_status(200).assert_see("null");
            }
        }
    }
}
