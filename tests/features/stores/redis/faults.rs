//! F-08: one server, and everything that can happen to it.

use std::time::{Duration, Instant};

use salon_tests::{AppFolder, Proxy, Server, Visitor, servers::Redis, within};
use tokio::task::JoinSet;

use super::app::app;

/// The app's two seconds, and what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(6);

async fn answers_503_in_time(visitor: &Visitor, path: &str) {
    let since = Instant::now();
    let answer = visitor.get(path).await;
    answer.assert_status(503).assert_no_cookie();
    assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
    assert!(since.elapsed() < PATIENCE, "{path}: {:?}", since.elapsed());
}

/// What is done to a server.
type Act<'a> = &'a dyn Fn(&Redis);

/// Waits until the app responds again. Nobody restarts it.
async fn comes_back(visitor: &Visitor) {
    let back = async {
        while visitor.get("/look").await.status.as_u16() == 503 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("an app that responds again", back).await;
}

async fn counting(redis: &Redis, folder: &AppFolder) -> (Server, Visitor) {
    let server = app(folder, &redis.url(), &[]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    ada.get("/count").await.assert_see("2");
    (server, ada)
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_server_that_was_stopped_and_is_back_is_used_again_with_all_that_it_kept() {
    for (keeps_data, count) in [(true, "3"), (false, "1")] {
        let options = Redis::options();
        let redis = if keeps_data { options.keeps_data().start() } else { options.start() };
        let folder = AppFolder::new();
        let (server, ada) = counting(&redis, &folder).await;
        redis.stop();
        for path in ["/count", "/look", "/nothing"] {
            answers_503_in_time(&ada, path).await;
        }
        // A visitor without a session, who needs none, does not notice.
        server.visitor().get("/nothing").await.assert_status(200);
        answers_503_in_time(&server.visitor(), "/count").await;
        answers_503_in_time(&server.visitor(), "/health/ready").await;
        server.visitor().get("/health/ready").await.assert_see(r#""driver":"redis""#);
        server.visitor().get("/health/live").await.assert_status(200);
        redis.start_again();
        comes_back(&ada).await;
        server.visitor().get("/health/ready").await.assert_status(200);
        ada.get("/count").await.assert_see(count);
        ada.get("/regenerate").await.assert_status(200);
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_restart_between_two_requests_is_not_noticed() {
    let (folder, redis) = (AppFolder::new(), Redis::options().keeps_data().start());
    let (_server, ada) = counting(&redis, &folder).await;
    for count in 3..8 {
        if count % 2 == 0 {
            redis.restart();
        } else {
            // The connections are gone, but the server is not.
            redis.command(&["CLIENT", "KILL", "TYPE", "normal"]);
        }
        ada.get("/count").await.assert_status(200).assert_see(&count.to_string());
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_server_that_has_forgotten_the_scripts_is_sent_them_again() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let (server, ada) = counting(&redis, &folder).await;
    for path in ["/count", "/login", "/regenerate", "/count", "/logout"] {
        redis.command(&["SCRIPT", "FLUSH"]);
        ada.get(path).await.assert_status(200);
    }
    redis.command(&["SCRIPT", "FLUSH"]);
    server.visitor().get("/login").await.assert_status(200);
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_server_that_says_nothing_is_not_waited_for() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let (server, ada) = counting(&redis, &folder).await;
    // A script that cannot be ended early.
    let pause = |redis: &Redis| drop(redis.command(&["CLIENT", "PAUSE", "5000", "ALL"]));
    let unpause = |_: &Redis| {};
    let (stop, resume) = (|redis: &Redis| redis.pause(), |redis: &Redis| redis.resume());
    let ways: [(Act<'_>, Act<'_>); 2] = [(&pause, &unpause), (&stop, &resume)];
    for (hang, go_on) in ways {
        let before: u64 = ada.get("/all").await.json()["count"].as_u64().expect("a count");
        hang(&redis);
        answers_503_in_time(&ada, "/count").await;
        answers_503_in_time(&server.visitor(), "/count").await;
        server.process().complaint("did not respond within 1 s").await;
        server.visitor().get("/nothing").await.assert_status(200);
        go_on(&redis);
        comes_back(&ada).await;
        // A request that was sent before may have been carried out when the server continued. It was never
        // acknowledged.
        let after: u64 = ada.get("/count").await.text().parse().expect("a count");
        assert!((before + 1..=before + 2).contains(&after), "{before} {after}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_server_that_sleeps_for_a_moment_is_waited_for() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let (_server, ada) = counting(&redis, &folder).await;
    let sleeps = std::thread::spawn(move || {
        redis.command(&["DEBUG", "SLEEP", "0.4"]);
        redis
    });
    for _ in 0..3 {
        ada.get("/count").await.assert_status(200);
    }
    sleeps.join().expect("a nap");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_server_without_memory_keeps_what_it_has_and_can_be_read() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let (server, ada) = counting(&redis, &folder).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    for path in ["/count", "/login", "/regenerate", "/put?key=more"] {
        answers_503_in_time(&ada, path).await;
    }
    answers_503_in_time(&server.visitor(), "/count").await;
    assert_eq!(ada.get("/all").await.assert_status(200).text(), r#"{"count":2}"#);
    server.process().complaint("maxmemory").await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    ada.get("/count").await.assert_see("3");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_server_that_takes_no_writes_can_be_read() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let (server, ada) = counting(&redis, &folder).await;
    redis.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    assert_eq!(ada.get("/all").await.assert_status(200).text(), r#"{"count":2}"#);
    answers_503_in_time(&ada, "/count").await;
    server.process().complaint("min-replicas-to-write").await;
    redis.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    ada.get("/count").await.assert_see("3");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_session_that_was_evicted_is_gone_and_never_torn() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let (_server, ada) = counting(&redis, &folder).await;
    redis.command(&["CONFIG", "SET", "maxmemory-policy", "allkeys-random"]);
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    // One command makes it evict everything that it may.
    let _ = redis.try_command(&["SET", "other", "x"]);
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(ada.get("/all").await.assert_status(200).text(), "{}");
    ada.get("/count").await.assert_see("1");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_however_many_ask_a_server_that_is_down_is_called_now_and_then() {
    let (folder, redis) = (AppFolder::new(), Redis::options().keeps_data().start());
    let proxy = Proxy::to(redis.address());
    let server = app(&folder, &redis.url_through(proxy.address()), &[]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    redis.kill();
    let (before, until) = (proxy.connections(), Instant::now() + Duration::from_secs(2));
    let mut crowd = JoinSet::new();
    for _ in 0..20 {
        let ada = ada.clone();
        crowd.spawn(async move {
            let mut asked = 0;
            while Instant::now() < until {
                ada.get("/look").await.assert_status(503);
                asked += 1;
            }
            asked
        });
    }
    let asked: usize = crowd.join_all().await.iter().sum();
    let calls = proxy.connections() - before;
    assert!(asked > 100 && (1..=20).contains(&calls), "{asked} requests, {calls} calls");
    redis.start_again();
    comes_back(&ada).await;
    ada.get("/count").await.assert_see("2");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_save_whose_answer_was_lost_is_made_once() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let proxy = Proxy::to(redis.address());
    let server = app(&folder, &redis.url_through(proxy.address()), &[]).await;
    let ada = server.visitor();
    // The first reply is to the load. The one after it is lost with the connection.
    for (number, path) in
        ["/count", "/count", "/regenerate", "/count", "/login", "/count", "/logout"].iter().enumerate()
    {
        let gate = salon_tests::Gate::new().await;
        let tab = ada.clone();
        let address = format!("{path}?{}", gate.query());
        let request = tokio::spawn(async move { tab.get(&address).await });
        let handler = gate.arrival().await;
        proxy.cut_after(0);
        // The proxy cuts once, and lets everything through afterwards.
        handler.go_on().await;
        tokio::time::timeout(Duration::from_secs(60), async {
            request.await.expect("an answer").assert_status(200);
        })
        .await
        .expect("a response in time");
        proxy.pass();
        if *path == "/logout" {
            ada.get("/user").await.assert_see("null");
        } else {
            assert_eq!(ada.get("/all").await.json()["count"], [1, 2, 2, 3, 3, 4][number], "{path}");
        }
    }
}

/// The failover is played on one server: the session becomes again what a replica without the last write would hold.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_08_a_request_that_saw_a_write_which_a_failover_lost_overwrites_no_later_one() {
    let (redis, folder, gate) = (Redis::start(), AppFolder::new(), salon_tests::Gate::new().await);
    let server = app(&folder, &redis.url(), &[]).await;
    let ada = server.visitor();
    ada.get("/put?key=kept").await.assert_status(200);
    let key = redis.command(&["KEYS", "*"]);
    let key = key.trim();
    redis.command(&["COPY", key, "replica"]);
    ada.get("/put?key=lost").await.assert_status(200);
    let (visitor, path) = (ada.clone(), format!("/put?key=slow&{}", gate.query()));
    let slow = tokio::spawn(async move { visitor.get(&path).await });
    let handler = gate.arrival().await;
    assert_eq!(redis.command(&["COPY", "replica", key, "REPLACE"]).trim(), "1");
    ada.get("/put?key=acknowledged").await.assert_status(200);
    handler.go_on().await;
    slow.await.expect("an answer").assert_status(200);
    let all = ada.get("/all").await;
    all.assert_see("kept").assert_see("acknowledged").assert_see("slow").assert_dont_see("lost");
    server.stop().await.assert_success();
}
