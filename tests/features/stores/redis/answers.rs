//! F-15: replies that reach the wrong request.

use std::{sync::Arc, time::Duration};

use salon::session::{
    SessionManager,
    testing::{BuiltIn, Site},
};
use salon_tests::{AppFolder, Proxy, servers::Redis};
use tokio::task::JoinSet;

use super::app::app;

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_15_answers_that_were_exchanged_show_nobody_another_s_session() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let proxy = Proxy::to(redis.address());
    let url = redis.url_through(proxy.address());
    let servers = [app(&folder, &url, &[]).await, app(&folder, &url, &[]).await];
    let (ada, grace) = (servers[0].visitor(), servers[1].visitor());
    ada.get("/put?key=ada").await.assert_status(200);
    grace.get("/put?key=grace").await.assert_status(200);
    for _ in 0..5 {
        proxy.swap_answers(|answer| answer.windows(4).any(|bytes| bytes == b"SALN"));
        let (first, second) = tokio::join!(ada.get("/all"), grace.get("/all"));
        first.assert_dont_see("grace");
        second.assert_dont_see("ada");
        proxy.pass();
    }
    assert!(proxy.swaps() > 0);
    ada.get("/all").await.assert_see("ada");
    grace.get("/all").await.assert_see("grace");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_15_an_answer_that_is_missing_does_not_give_everybody_the_next_one_s() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let proxy = Proxy::to(redis.address());
    let server = app(&folder, &redis.url_through(proxy.address()), &[]).await;
    let visitors: Vec<_> = (0..8).map(|_| server.visitor()).collect();
    for (number, visitor) in visitors.iter().enumerate() {
        visitor.get(&format!("/put?key=visitor{number}")).await.assert_status(200);
    }
    // A new connection is not mistaken for a wrong one.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let mut is_lost = false;
    proxy.rewrite_answers(move |answer| {
        let is_session = answer.windows(4).any(|bytes| bytes == b"SALN");
        (is_session && !std::mem::replace(&mut is_lost, true)).then(Vec::new)
    });
    let mut requests = JoinSet::new();
    for (number, visitor) in visitors.iter().cloned().enumerate() {
        requests.spawn(async move {
            for _ in 0..10 {
                let answer = visitor.get("/all").await;
                // The last request in the queue waits for a reply that does not come. No visitor is treated as a guest.
                if answer.status != 503 {
                    assert_eq!(answer.text(), format!(r#"{{"visitor{number}":false}}"#));
                }
            }
        });
    }
    requests.join_all().await;
    for (number, visitor) in visitors.iter().enumerate() {
        visitor.get("/all").await.assert_status(200).assert_see(&format!("visitor{number}"));
    }
}

/// Requests that are dropped at any moment, on the one connection that they all share.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_15_a_request_that_is_dropped_leaves_its_answer_to_nobody() {
    let redis = Redis::start();
    let proxy = Proxy::to(redis.address());
    proxy.delay(Duration::from_micros(200), Duration::from_micros(300));
    let config = salon::database::ConnectionConfig::to(&redis.url_through(proxy.address()));
    let site = Site::open(BuiltIn::new("redis", "/").on(config)).await.expect("a driver");
    let mut tasks = JoinSet::new();
    for number in 0..16_u64 {
        let site = Arc::clone(&site);
        tasks.spawn(async move { comes_and_leaves(&site, number).await });
    }
    tasks.join_all().await;
    assert_eq!(proxy.connections(), 1, "no connection was closed");
}

async fn comes_and_leaves(site: &Site, number: u64) {
    let manager: &SessionManager = site.as_ref();
    let driver = manager.driver(None).await.expect("a driver");
    let session = manager.build_session(driver.clone(), None);
    session.start().await.expect("a session");
    session.put("owner", number).expect("a value");
    session.save().await.expect("a save");
    let id = session.id().expect("an id").expose();
    let mut random = number + 1;
    let mut saved = 0;
    for round in 0..100 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let request = async {
            let session = manager.build_session(driver.clone(), Some(&id));
            session.start().await.expect("a session");
            assert_eq!(session.get::<u64>("owner").expect("a number"), Some(number), "another visitor's session");
            session.put("round", round).expect("a value");
            session.save().await.expect("a save");
        };
        let patience = Duration::from_micros((random >> 33) % 6_000);
        saved += u32::from(tokio::time::timeout(patience, request).await.is_ok());
    }
    assert!(saved < 100, "some saves were dropped");
    let session = manager.build_session(driver, Some(&id));
    session.start().await.expect("a session");
    assert_eq!(session.get::<u64>("owner").expect("a number"), Some(number));
}
