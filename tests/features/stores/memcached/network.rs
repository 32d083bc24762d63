//! F-15: a network between the app and memcached that loses, delays and mixes up replies.

use std::time::Duration;

use salon_tests::{Answer, AppFolder, Gate, Proxy, Server, Visitor, servers::Memcached, within};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::probe;

/// An app that connects to memcached through a proxy.
async fn behind(folder: &AppFolder, memcached: &Memcached) -> (Proxy, Server) {
    let proxy = Proxy::to(memcached.address());
    let server = probe(folder, &format!("memcached://{}", proxy.address()), &[]).await;
    (proxy, server)
}

/// A visitor whose session holds this number.
async fn visitor(server: &Server, number: usize) -> Visitor {
    let visitor = server.visitor();
    visitor.get(&format!("/pair?value={number}")).await.assert_status(200);
    visitor
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_15_whoever_leaves_in_the_middle_of_an_answer_leaves_it_to_nobody() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let (proxy, server) = behind(&folder, &memcached).await;
    let mut visitors = Vec::new();
    for number in 0..8 {
        visitors.push(visitor(&server, number).await);
    }
    proxy.delay(Duration::from_millis(2), Duration::from_millis(3));
    for round in 0_u64..40 {
        let mut left = Vec::new();
        for (number, ada) in visitors.iter().enumerate() {
            let cookie = ada.cookie("session").expect("a session");
            let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
            let path = ["/all", "/count", "/regenerate"][number % 3];
            let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\ncookie: session={cookie}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("the request can be sent");
            left.push(stream);
            // At a different point of the conversation each time.
            tokio::time::sleep(Duration::from_micros(round * 130 % 1_700)).await;
        }
        drop(left);
        let checks = visitors.iter().cloned().enumerate().map(|(number, ada)| {
            tokio::spawn(async move {
                let all = ada.get("/all").await;
                assert_eq!(all.assert_status(200).json()["right"], number, "every visitor has their own values");
            })
        });
        for check in checks.collect::<Vec<_>>() {
            check.await.expect("their own session");
        }
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_15_answers_that_were_exchanged_reach_nobody() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let (proxy, server) = behind(&folder, &memcached).await;
    let (ada, bob) = (visitor(&server, 1).await, visitor(&server, 2).await);
    for begins in [&b"VA "[..], b"HD "] {
        let path = if begins == b"VA " { "/all" } else { "/put?key=more" };
        proxy.swap_answers(move |answer| answer.starts_with(begins));
        let (first, second) = tokio::join!(ada.get(path), bob.get(path));
        assert_eq!(proxy.swaps(), if begins == b"VA " { 1 } else { 2 }, "both were outstanding at the same time");
        for answer in [first, second] {
            answer.assert_status(503).assert_no_cookie();
        }
        proxy.pass();
        for (visitor, number) in [(&ada, 1), (&bob, 2)] {
            assert_eq!(visitor.get("/all").await.json()["right"], number);
        }
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_15_an_answer_that_is_left_over_from_before_is_not_believed() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let (proxy, server) = behind(&folder, &memcached).await;
    let ada = visitor(&server, 1).await;
    let stranger = server.visitor();
    stranger.set_cookie("session", &"A".repeat(43));
    // "There is no such session", as another request received it a moment ago.
    let mut kept: Option<Vec<u8>> = None;
    proxy.rewrite_answers(move |answer| {
        if answer.starts_with(b"EN ") {
            kept = Some(answer.to_vec());
            return None;
        }
        answer.starts_with(b"VA ").then(|| kept.clone()).flatten()
    });
    stranger.get("/all").await.assert_status(200);
    ada.get("/all").await.assert_status(503).assert_no_cookie();
    // Nor without the token that says which request it is for.
    proxy.rewrite_answers(|answer| answer.starts_with(b"VA ").then(|| b"EN\r\n".to_vec()));
    ada.get("/all").await.assert_status(503).assert_no_cookie();
    proxy.pass();
    assert_eq!(ada.get("/all").await.json()["right"], 1);
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_15_an_answer_that_is_lost_with_its_connection_is_asked_for_once_more_and_nothing_is_done_twice() {
    let (folder, memcached, gate) = (AppFolder::new(), Memcached::start(), Gate::new().await);
    let (proxy, server) = behind(&folder, &memcached).await;
    // A new session: the reply to `add` is lost.
    let ada = server.visitor();
    lose(&proxy, &gate, &ada, "/count?").await;
    assert_eq!(ada.get("/all").await.json()["count"], 1);
    // The reply to a save, to the first half of a login, to a logout.
    lose(&proxy, &gate, &ada, "/count?").await;
    assert_eq!(ada.get("/all").await.json()["count"], 2);
    lose(&proxy, &gate, &ada, "/regenerate?").await;
    assert_eq!(ada.get("/all").await.json()["count"], 2);
    lose(&proxy, &gate, &ada, "/login?").await;
    ada.get("/user").await.assert_see("ada");
    lose(&proxy, &gate, &ada, "/logout?").await;
    ada.get("/user").await.assert_see("null");
    // Half a reply.
    let bob = visitor(&server, 2).await;
    proxy.cut_after(5);
    assert_eq!(bob.get("/all").await.json()["right"], 2);
}

/// Makes a request, and loses the first reply that it gets after its handler is done.
async fn lose(proxy: &Proxy, gate: &Gate, visitor: &Visitor, path: &str) {
    let (tab, path) = (visitor.clone(), format!("{path}&{}", gate.query()));
    let request = tokio::spawn(async move { tab.get(&path).await });
    let handler = gate.arrival().await;
    let connections = proxy.connections();
    proxy.cut_after(0);
    handler.go_on().await;
    request.await.expect("an answer").assert_status(200);
    assert_eq!(
        proxy.connections(),
        connections + 1,
        "one reply was lost, and the request was repeated on another connection"
    );
}

/// A visitor of two processes. The request to the first one has been carried out (or has not arrived) when the second
/// one saves, before the first one loses its connection.
async fn between(comes_through: bool, others: usize) -> (Answer, u64) {
    let (folder, memcached, gate) = (AppFolder::new(), Memcached::start(), Gate::new().await);
    let (proxy, server) = behind(&folder, &memcached).await;
    let other = probe(&folder, &memcached.url(), &[]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let (tab, path) = (ada.clone(), format!("/count?{}", gate.query()));
    let request = tokio::spawn(async move { tab.get(&path).await });
    let handler = gate.arrival().await;
    let (asked, sets) = (proxy.requested(), memcached.statistic("cmd_set"));
    if comes_through {
        proxy.hold_answers();
    } else {
        proxy.stall();
    }
    handler.go_on().await;
    if comes_through {
        within("the save", async {
            while proxy.requested() == asked || memcached.statistic("cmd_set") == sets {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    for _ in 0..others {
        ada.at(&other).get("/count").await.assert_status(200);
    }
    proxy.cut();
    proxy.pass();
    let answer = request.await.expect("an answer");
    let count = ada.at(&other).get("/all").await.json()["count"].as_u64();
    (answer, count.expect("a number"))
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_15_a_save_whose_answer_was_lost_while_others_saved_is_not_made_twice() {
    // It was carried out, and no save followed: its stamp is recognized.
    let (answer, count) = between(true, 0).await;
    answer.assert_status(200);
    assert_eq!(count, 2);
    // It was carried out, and others have saved since: the result cannot be determined, and it is not carried out
    // again.
    for others in [1, 2] {
        let (answer, count) = between(true, others).await;
        answer.assert_status(503);
        assert_eq!(count, 2 + others as u64);
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_15_a_save_that_did_not_come_through_while_another_one_did_is_made_after_it() {
    for others in [0, 1] {
        let (answer, count) = between(false, others).await;
        answer.assert_status(200);
        assert_eq!(count, 2 + others as u64);
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn connections_that_have_ended_are_not_used_and_cost_nobody_an_error() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let (proxy, server) = behind(&folder, &memcached).await;
    let ada = visitor(&server, 1).await;
    for _ in 0..20 {
        let crowd = (0..8).map(|_| ada.copy()).map(|ada| tokio::spawn(async move { ada.get("/all").await }));
        for answer in crowd.collect::<Vec<_>>() {
            answer.await.expect("an answer").assert_status(200);
        }
        proxy.cut();
    }
    proxy.cut();
    proxy.refuse();
    ada.get("/all").await.assert_status(503);
    proxy.pass();
    assert_eq!(ada.get("/all").await.assert_status(200).json()["right"], 1);
}
