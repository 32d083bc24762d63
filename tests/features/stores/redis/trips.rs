//! How many commands Redis receives, counted by the server.

use salon_tests::{AppFolder, servers::Redis};

use super::app::app;

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn each_request_asks_redis_as_often_as_the_design_allows() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let server = app(&folder, &redis.url(), &[]).await;
    let ada = server.visitor();
    // The server has loaded every script.
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
        // One more removes the session from the user's index.
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
    let is_whole = |life: u64, minutes: u64| (600_000..=600_000 + minutes * 60_000).contains(&life);
    assert!(is_whole(life(), 1), "{}", life());
    for (path, minutes) in [("/look", 6), ("/count", 1)] {
        redis.command(&["PEXPIRE", &key, "20000"]);
        ada.get(path).await.assert_status(200);
        assert!(is_whole(life(), minutes), "{path}: {}", life());
    }
}

/// An entry outlives every copy of the cookie, even with clocks that are five minutes apart.
#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn whoever_asks_for_an_ended_session_again_does_not_make_redis_forget_sooner_that_it_ended() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let cookie = [
        ("SESSION_DRIVER", "cookie"),
        ("SESSION_REVOCATIONS", "redis"),
        ("SESSION_LIFETIME", "10"),
        ("APP_KEY", "base64:qD0xJf3c7m2Q9tY6Zs1bWvXg8kHn4eRrLp5uAoCiEyM="),
    ];
    let server = app(&folder, &redis.url(), &cookie).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let thief = ada.copy();
    ada.get("/logout").await.assert_status(200);
    let entry = redis.command(&["KEYS", "*{*"]);
    let life = || redis.command(&["PTTL", &entry]).parse::<u64>().expect("a number");
    assert!(life() > 900_000, "{}", life());
    thief.get("/all").await.assert_status(200).assert_see("{}");
    assert!(life() > 900_000, "{}", life());
}
