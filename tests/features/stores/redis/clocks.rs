//! The app's clock, and the server's.

use salon_tests::{AppFolder, FakeClock, Server, servers::Redis};

fn environment<'a>(url: &'a str, lifetime: &'a str) -> [(&'a str, &'a str); 3] {
    [("SESSION_DRIVER", "redis"), ("DATABASE_CONNECTIONS_REDIS_URL", url), ("SESSION_LIFETIME", lifetime)]
}

#[tokio::test]
#[cfg_attr(not(all(redis, faketime)), ignore = "needs redis-server, and libfaketime; tests/run installs them")]
async fn a_user_s_index_is_updated_for_a_session_that_lives_on_and_seldom() {
    let (folder, redis, clock) = (AppFolder::new(), Redis::start(), FakeClock::new("+0s"));
    // Three days.
    let server = Server::probe(&folder, &clock.environment(&environment(&redis.url(), "4320"))).await;
    let ada = server.visitor();
    ada.get("/login").await.assert_status(200);
    let (session, index) = (redis.command(&["KEYS", "*{*"]), redis.command(&["KEYS", "*user:*"]));
    let score = || redis.command(&["ZRANGE", &index, "0", "-1", "WITHSCORES"]);
    let first = score();
    for (offset, asked) in [("+1h", 2), ("+20h", 2), ("+2d", 4), ("+50h", 2), ("+4d", 4)] {
        clock.set(offset);
        let monitor = redis.monitor().await;
        ada.get("/look").await.assert_status(200).assert_see("true");
        let commands = monitor.end().await;
        // The first touch after a start sends its script in full.
        let sent = commands.sent.iter().filter(|command| !command.starts_with("\"EVAL\"")).count();
        assert_eq!(sent, asked, "{offset}: {commands:#?}");
        assert_eq!(score() == first, asked == 2 && offset != "+50h", "{offset}");
    }
    let life: u64 = redis.command(&["PTTL", &index]).parse().expect("a number");
    assert!(life > redis.command(&["PTTL", &session]).parse().expect("a number"), "{life}");
}

#[tokio::test]
#[cfg_attr(not(all(redis, faketime)), ignore = "needs redis-server, and libfaketime; tests/run installs them")]
async fn f_14_a_clock_that_jumps_costs_nobody_a_session() {
    let redis = Redis::start();
    for offset in ["+1h", "-1h", "+10y", "-10y"] {
        let (folder, clock) = (AppFolder::new(), FakeClock::new("+0s"));
        let url = redis.url();
        let server = Server::probe(&folder, &clock.environment(&environment(&url, "120"))).await;
        let (ada, bea) = (server.visitor(), server.visitor());
        for visitor in [&ada, &bea] {
            visitor.get("/login").await.assert_status(200);
            visitor.get("/count").await.assert_see("1");
        }
        clock.set(offset);
        for path in ["/look", "/nothing"] {
            ada.get(path).await.assert_status(200);
        }
        server.visitor().get("/login").await.assert_status(200);
        clock.set("+0s");
        for visitor in [&ada, &bea] {
            visitor.get("/user").await.assert_see("ada");
            visitor.get("/count").await.assert_see("2");
        }
    }
}
