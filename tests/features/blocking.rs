//! Routes that block: the next request waits, but not forever, whatever happens to the one that holds the session.

use salon_tests::{Answer, AppFolder, FakeClock, Gate, Server, Signal, Visitor, Waiting};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    task::{JoinHandle, JoinSet},
};

const KEEPING: [&str; 3] = ["file", "memory", "ledger"];

/// A visitor whose session has counted to one.
async fn known(server: &Server) -> Visitor {
    let ada = server.visitor();
    ada.get("/count").await.assert_status(200).assert_see("1");
    ada
}

fn spawn(visitor: &Visitor, path: &str) -> JoinHandle<Answer> {
    let (visitor, path) = (visitor.clone(), path.to_owned());
    tokio::spawn(async move { visitor.get(&path).await })
}

/// A request that holds the session, at the gate.
async fn holder(visitor: &Visitor, path: &str, gate: &Gate) -> (JoinHandle<Answer>, Waiting) {
    let request = spawn(visitor, &format!("{path}?{}", gate.query()));
    (request, gate.arrival().await)
}

/// Sends a request and disconnects. Returns the rest of the connection.
async fn knock(server: &Server, visitor: &Visitor, path: &str) -> TcpStream {
    let (address, cookie) = (server.address(), visitor.cookie("session").expect("a cookie"));
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: session={cookie}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("it is read");
    stream
}

#[tokio::test]
async fn f_25_careless_requests_lose_nothing_where_the_session_is_theirs_alone() {
    const REQUESTS: usize = 32;
    for driver in KEEPING {
        let folder = AppFolder::new();
        let environment = [("SESSION_DRIVER", driver), ("SESSION_LOCK_WAIT", "100")];
        let mut servers = vec![Server::probe(&folder, &environment).await];
        if driver == "file" {
            servers.push(Server::probe(&folder, &environment).await);
        }
        let ada = known(&servers[0]).await;
        let mut work = JoinSet::new();
        for number in 0..REQUESTS {
            let visitor = ada.at(&servers[number % servers.len()]);
            work.spawn(async move { visitor.get("/alone/careless").await.assert_status(200).text() });
        }
        let mut counts: Vec<usize> =
            work.join_all().await.iter().map(|count| count.parse().expect("a number")).collect();
        counts.sort_unstable();
        assert!(counts.iter().copied().eq(1..=REQUESTS), "{driver}: {counts:?}");
        assert_eq!(ada.get("/all").await.json()["careless"], REQUESTS);
    }
}

#[tokio::test]
async fn f_25_others_go_on_beside_the_holder_and_the_next_one_comes_when_it_is_done() {
    for driver in KEEPING {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let ada = known(&server).await;
        let (first, at_gate) = holder(&ada, "/alone", &gate).await;
        let second = spawn(&ada, "/alone");
        // Requests that only read, that merge, or that have another session do not wait.
        ada.get("/read-only").await.assert_status(200).assert_see("1");
        server.visitor().get("/alone").await.assert_status(200).assert_see("1");
        assert!(!second.is_finished(), "{driver}: it waits");
        at_gate.go_on().await;
        first.await.expect("an answer").assert_status(200).assert_see("2");
        second.await.expect("an answer").assert_status(200).assert_see("3");

        // A request that has closed its session is no longer waited for, although it continues.
        let (closed, at_gate) = holder(&ada, "/alone/closed", &gate).await;
        ada.get("/alone").await.assert_status(200).assert_see("5");
        at_gate.go_on().await;
        closed.await.expect("an answer").assert_status(200).assert_see("4");
    }
}

#[tokio::test]
async fn f_25_a_wait_ends_with_a_503_that_says_when_to_ask_again() {
    for driver in KEEPING {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver), ("SESSION_LOCK_WAIT", "1")]).await;
        let ada = known(&server).await;
        let (first, at_gate) = holder(&ada, "/alone", &gate).await;
        let mut waiting = JoinSet::new();
        for _ in 0..10 {
            let visitor = ada.clone();
            waiting.spawn(async move { visitor.get("/alone").await });
        }
        for answer in waiting.join_all().await {
            answer.assert_status(503).assert_no_cookie();
            assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
        }
        at_gate.go_on().await;
        first.await.expect("an answer").assert_status(200).assert_see("2");
        ada.get("/alone").await.assert_status(200).assert_see("3");
    }
}

#[tokio::test]
async fn f_25_a_holder_that_is_killed_keeps_the_session_for_its_lease_only() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let environment = [("SESSION_LOCK_LEASE", "2"), ("SESSION_LOCK_WAIT", "100")];
    let (first, second) = (Server::probe(&folder, &environment).await, Server::probe(&folder, &environment).await);
    let ada = known(&first).await;
    let tab = ada.clone();
    let path = format!("/alone?{}", gate.query());
    let killed = tokio::spawn(async move { tab.try_get(&path).await.is_none() });
    let _at_gate = gate.arrival().await;
    let next = spawn(&ada.at(&second), "/alone");
    first.process().signal(Signal::KILL);
    assert!(killed.await.expect("the task ends"), "there is no response");
    next.await.expect("an answer").assert_status(200).assert_see("2");
    ada.at(&second).get("/alone").await.assert_status(200).assert_see("3");
    drop(first.end().await);
}

#[tokio::test]
async fn f_25_a_holder_whose_lease_has_ended_cannot_save() {
    for driver in KEEPING {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let environment = [("SESSION_DRIVER", driver), ("SESSION_LOCK_LEASE", "1"), ("SESSION_LOCK_WAIT", "100")];
        let server = Server::probe(&folder, &environment).await;
        let ada = known(&server).await;
        let (hung, at_gate) = holder(&ada, "/alone", &gate).await;
        // Waits until the lease ends, and no longer.
        ada.get("/alone").await.assert_status(200).assert_see("2");
        at_gate.go_on().await;
        let refused = hung.await.expect("an answer");
        refused.assert_status(503).assert_no_cookie();
        assert!(refused.header("retry-after").is_some(), "{:?}", refused.headers);
        assert_eq!(ada.get("/all").await.json()["count"], 2, "{driver}");
        server.process().complaint("session.lock_lost").await;
        ada.get("/alone").await.assert_status(200).assert_see("3");
    }
}

#[tokio::test]
#[cfg_attr(not(faketime), ignore = "libfaketime is not installed; tests/run installs it")]
async fn f_25_a_holder_whose_clock_is_late_cannot_save_after_another_had_the_session() {
    let (folder, gate, late) = (AppFolder::new(), Gate::new().await, FakeClock::new("-1h"));
    let first = Server::probe(&folder, &late.environment(&[])).await;
    let second = Server::probe(&folder, &[]).await;
    let ada = known(&second).await;
    // By its own clock its lease is still running. By the other one's it ended long ago.
    let (holding, at_gate) = holder(&ada.at(&first), "/alone", &gate).await;
    ada.get("/alone").await.assert_status(200).assert_see("2");
    at_gate.go_on().await;
    holding.await.expect("an answer").assert_status(503).assert_no_cookie();
    first.process().complaint("session.lock_lost").await;
    assert_eq!(ada.get("/all").await.json()["count"], 2);
    ada.get("/alone").await.assert_status(200).assert_see("3");
}

#[tokio::test]
async fn f_25_a_client_that_leaves_is_waited_for_no_longer_and_takes_no_turn() {
    for driver in KEEPING {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        // Far longer than anyone waits for a response here.
        let environment = [("SESSION_DRIVER", driver), ("SESSION_LOCK_LEASE", "1000"), ("SESSION_LOCK_WAIT", "1000")];
        let server = Server::probe(&folder, &environment).await;
        let ada = known(&server).await;
        // While they wait.
        let (first, at_gate) = holder(&ada, "/alone", &gate).await;
        let mut knocks = Vec::new();
        for _ in 0..5 {
            knocks.push(knock(&server, &ada, "/alone").await);
        }
        for _ in 0..20 {
            ada.get("/read-only").await.assert_see("1");
        }
        drop(knocks);
        for _ in 0..20 {
            ada.get("/read-only").await.assert_see("1");
        }
        at_gate.go_on().await;
        first.await.expect("an answer").assert_status(200).assert_see("2");
        ada.get("/alone").await.assert_status(200).assert_see("3");

        // While they hold the session.
        let path = format!("/alone?{}", gate.query());
        let stream = knock(&server, &ada, &path).await;
        let at_gate = gate.arrival().await;
        drop(stream);
        at_gate.gone().await;
        ada.get("/alone").await.assert_status(200).assert_see("4");
    }
}

#[tokio::test]
async fn f_25_a_panic_gives_the_session_back() {
    for driver in KEEPING {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let environment = [("SESSION_DRIVER", driver), ("SESSION_LOCK_LEASE", "1000"), ("SESSION_LOCK_WAIT", "1000")];
        let server = Server::probe(&folder, &environment).await;
        let ada = known(&server).await;
        let (panicking, at_gate) = holder(&ada, "/alone/panic", &gate).await;
        let next = spawn(&ada, "/alone");
        at_gate.go_on().await;
        panicking.await.expect("an answer").assert_status(500);
        next.await.expect("an answer").assert_status(200).assert_see("2");
    }
}
