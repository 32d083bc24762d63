//! How often Redis is asked, counted by the server.

use salon_tests::{AppFolder, servers::Redis};

use super::app::app;

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn each_request_asks_redis_as_often_as_the_design_allows() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let server = app(&folder, &redis.url(), &[]).await;
    let ada = server.visitor();
    // The server has seen every script.
    for path in ["/count", "/count", "/login", "/count", "/regenerate"] {
        ada.get(path).await.assert_status(200);
    }
    server.visitor().get("/login").await.assert_status(200);
    for (path, visitor, asked) in [
        ("/ledger", &ada, 0),
        ("/nothing", &server.visitor(), 0),
        ("/look", &server.visitor(), 0),
        ("/nothing", &ada, 1),
        ("/look", &ada, 1),
        ("/all", &ada, 1),
        ("/count", &ada, 2),
        ("/count", &server.visitor(), 1),
        ("/regenerate", &ada, 2),
        ("/login", &ada, 2),
        ("/login", &server.visitor(), 1),
        // One more takes the session off the user's list.
        ("/logout", &ada, 3),
    ] {
        let monitor = redis.monitor().await;
        visitor.get(path).await.assert_status(200);
        let commands = monitor.end().await.sent;
        assert_eq!(commands.len(), asked, "{path}: {commands:#?}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_key_lives_on_with_each_request_and_a_minute_longer_than_its_session() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let server = app(&folder, &redis.url(), &[("SESSION_LIFETIME", "10")]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    let key = redis.command(&["KEYS", "*"]);
    let life = || redis.command(&["PTTL", &key]).parse::<u64>().expect("a number");
    let is_whole = |life: u64| (600_000..=660_000).contains(&life);
    assert!(is_whole(life()), "{}", life());
    for path in ["/look", "/count"] {
        redis.command(&["PEXPIRE", &key, "20000"]);
        ada.get(path).await.assert_status(200);
        assert!(is_whole(life()), "{path}: {}", life());
    }
}
