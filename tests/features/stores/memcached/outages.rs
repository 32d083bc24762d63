//! Servers that are down: an error for the sessions that they have, and for no others.

use std::time::{Duration, Instant};

use salon_tests::{AppFolder, Server, Visitor, servers::Memcached};

use super::probe;

/// Enough that each of three servers has some.
const CROWD: usize = 40;

/// Visitors with one session each.
async fn visitors(server: &Server) -> Vec<Visitor> {
    let mut visitors = Vec::new();
    for number in 0..CROWD {
        let visitor = server.visitor();
        visitor.get(&format!("/pair?value={number}")).await.assert_status(200);
        visitors.push(visitor);
    }
    visitors
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_13_while_one_of_three_servers_is_down_its_sessions_are_errors_and_the_others_go_on() {
    let (folder, servers) = (AppFolder::new(), [(); 3].map(|()| Memcached::start()));
    let server = probe(&folder, &Memcached::url_of(&servers), &[]).await;
    let visitors = visitors(&server).await;
    let shares = servers.each_ref().map(|server| server.statistic("curr_items"));
    assert!(shares.iter().all(|share| *share >= 3), "{shares:?}");
    servers[1].kill();
    let mut down = Vec::new();
    for (number, visitor) in visitors.iter().enumerate() {
        for path in ["/all", "/count", "/logout"].into_iter().take(if number % 2 == 0 { 2 } else { 3 }) {
            let answer = visitor.get(path).await;
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some());
                answer.assert_no_cookie();
                down.push(number);
            } else {
                answer.assert_status(200);
            }
        }
    }
    down.dedup();
    assert_eq!(down.len() as u64, shares[1], "no other sessions fail, and none of these is empty");
    let mut refused = 0;
    for _ in 0..CROWD {
        let answer = server.visitor().get("/count").await;
        refused += usize::from(answer.status == 503);
        assert!([200, 503].contains(&answer.status.as_u16()), "{answer:?}");
    }
    assert!((1..CROWD).contains(&refused), "{refused} new sessions belong to the server that is down");
    servers[1].start_again();
    for number in down {
        visitors[number].get("/all").await.assert_status(200).assert_see("{}");
        visitors[number].get("/count").await.assert_see("1");
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn a_server_that_says_nothing_is_an_error_in_time_and_loses_nothing() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let timeouts = [
        ("DATABASE_CONNECTIONS_MEMCACHED_CONNECT_TIMEOUT", "1"),
        ("DATABASE_CONNECTIONS_MEMCACHED_RESPONSE_TIMEOUT", "1"),
    ];
    let server = probe(&folder, &memcached.url(), &timeouts).await;
    let ada = server.visitor();
    ada.get("/pair?value=7").await;
    memcached.pause();
    let since = Instant::now();
    let crowd = (0..30).map(|_| ada.copy()).map(|ada| tokio::spawn(async move { ada.get("/all").await }));
    for answer in crowd.collect::<Vec<_>>() {
        answer.await.expect("an answer").assert_status(503);
    }
    // Ten have a connection each and wait for a reply, or for the connection to be established. The others wait for a
    // connection.
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());
    memcached.resume();
    ada.get("/all").await.assert_status(200).assert_see(r#""right":7"#);
    ada.get("/count").await.assert_see("1");
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn with_anonymous_pages_go_on_while_the_server_is_down_and_nothing_is_written() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let server = probe(&folder, &memcached.url(), &[("SESSION_ON_STORE_ERROR", "anonymous")]).await;
    let ada = server.visitor();
    ada.get("/login").await;
    memcached.kill();
    ada.get("/user").await.assert_status(200).assert_see("null").assert_no_cookie();
    ada.get("/count").await.assert_status(503).assert_no_cookie();
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn fifty_increments_in_two_processes_add_fifty() {
    let (folder, servers) = (AppFolder::new(), [(); 3].map(|()| Memcached::start()));
    let url = Memcached::url_of(&servers);
    let (first, second) = (probe(&folder, &url, &[]).await, probe(&folder, &url, &[]).await);
    let ada = first.visitor();
    ada.get("/count").await.assert_see("1");
    let visitors = [ada.clone(), ada.at(&second)];
    let requests = visitors.iter().cycle().take(50).cloned();
    let requests: Vec<_> = requests.map(|tab| tokio::spawn(async move { tab.get("/count").await })).collect();
    for request in requests {
        request.await.expect("an answer").assert_status(200);
    }
    assert_eq!(ada.get("/all").await.json()["count"], 51);
}
