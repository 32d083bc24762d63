//! Many requests of one visitor, to two processes.

use base64::{Engine, prelude::BASE64_STANDARD};
use salon_tests::{
    AppFolder, Gate, Server, Visitor,
    servers::{Redis, RedisCluster},
};
use tokio::task::JoinSet;

use super::app::app;

const MANY: usize = 50;

async fn at_once(visitors: &[Visitor], path: impl Fn(usize) -> String) {
    let (gate, mut requests) = (Gate::new().await, JoinSet::new());
    for (number, visitor) in visitors.iter().cycle().take(MANY).cloned().enumerate() {
        let path = format!("{}{}", path(number), gate.query());
        requests.spawn(async move { visitor.get(&path).await });
    }
    for handler in gate.arrivals(MANY).await {
        handler.go_on().await;
    }
    for answer in requests.join_all().await {
        answer.assert_status(200);
    }
}

async fn fifty_of_fifty(first: &Server, second: &Server) {
    let ada = first.visitor();
    ada.get("/put?key=first").await.assert_status(200);
    let both = [ada.clone(), ada.at(second)];
    at_once(&both, |number| format!("/put?key=u{number}&")).await;
    at_once(&both, |_| "/count?".to_owned()).await;
    at_once(&both, |number| format!("/update?value={number}&")).await;
    let all = ada.get("/all").await.json();
    let missing: Vec<usize> = (0..MANY).filter(|number| all[format!("u{number}")].is_null()).collect();
    assert_eq!(missing, Vec::<usize>::new(), "{all}");
    assert_eq!(all["count"], MANY);
    assert_eq!(all["all"].as_array().map(Vec::len), Some(MANY));
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn fifty_requests_to_two_processes_lose_nothing() {
    let folder = AppFolder::new();
    for (url, more) in [
        (Redis::shared().url(), &[("SESSION_PREFIX", "fifty:")][..]),
        (RedisCluster::shared().url(), &[("SESSION_PREFIX", "fifty:")]),
        (Redis::shared().url(), &[("SESSION_PREFIX", "fifty:block:"), ("SESSION_CONCURRENCY", "block")]),
    ] {
        if more.len() > 1 {
            // One at a time: they cannot all wait at the gate.
            let (first, second) = (app(&folder, &url, more).await, app(&folder, &url, more).await);
            let ada = first.visitor();
            ada.get("/count").await.assert_see("1");
            let mut requests = JoinSet::new();
            for number in 0..20 {
                let visitor = if number % 2 == 0 { ada.clone() } else { ada.at(&second) };
                requests.spawn(async move { visitor.get("/count").await.text() });
            }
            let mut counts: Vec<usize> =
                requests.join_all().await.iter().map(|count| count.parse().expect("a count")).collect();
            counts.sort_unstable();
            assert_eq!(counts, (2..=21).collect::<Vec<_>>());
        } else {
            fifty_of_fifty(&app(&folder, &url, more).await, &app(&folder, &url, more).await).await;
        }
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn what_is_encrypted_is_not_to_be_read_in_redis() {
    let key = format!("base64:{}", BASE64_STANDARD.encode(b"\xf3 key of the tests, thirty-two b"));
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let plain = app(&folder, &redis.url(), &[("SESSION_PREFIX", "plain:")]).await;
    let sealed = [("SESSION_PREFIX", "sealed:"), ("SESSION_ENCRYPT", "true"), ("APP_KEY", key.as_str())];
    let sealed = app(&folder, &redis.url(), &sealed).await;
    for (server, prefix, is_readable) in [(plain, "plain:{*", true), (sealed, "sealed:{*", false)] {
        let ada = server.visitor();
        ada.get("/put?key=treasure").await.assert_status(200);
        assert_eq!(ada.get("/all").await.text(), r#"{"treasure":false}"#);
        let kept = redis.command(&["GET", &redis.command(&["KEYS", prefix])]);
        assert_eq!(kept.contains("treasure"), is_readable, "{kept}");
    }
}
