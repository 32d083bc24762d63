//! Apps that share a server.

use salon::{
    database::ConnectionConfig,
    session::{
        SessionManager,
        testing::{BuiltIn, Site},
    },
};
use salon_tests::{
    AppFolder,
    servers::{Commands, Redis},
};

use super::app::app;

const FOREIGN: [&str; 4] =
    ["other", "a*b:", "a*b:{short}", "acb:{0000000000000000000000000000000000000000000000000000000000000000}"];

/// The name of a command, and the key or pattern that it is about.
fn about(command: &str) -> Option<(String, String)> {
    let words: Vec<&str> = command.trim_matches('"').split("\" \"").collect();
    let name = words[0].to_uppercase();
    let about = match name.as_str() {
        "EVALSHA" | "EVAL" | "SCAN" => words.get(3)?,
        "INFO" | "CLIENT" | "TIME" => return None,
        _ => words.get(1)?,
    };
    Some((name, (*about).to_owned()))
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn sr_44_nothing_outside_the_prefix_is_touched() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    for key in FOREIGN {
        redis.command(&["SET", key, "theirs"]);
    }
    let monitor = redis.monitor().await;
    let first = app(&folder, &redis.url(), &[("SESSION_PREFIX", "a*b:"), ("SESSION_GC_INTERVAL", "0.001")]).await;
    let second = app(&folder, &redis.url(), &[("SESSION_PREFIX", "axb:")]).await;
    let (ada, grace) = (first.visitor(), second.visitor());
    ada.get("/login").await.assert_status(200);
    grace.get("/login").await.assert_status(200);
    // The same cookie is unknown to the other app.
    grace.copy().at(&first).get("/user").await.assert_see("null");
    let config = BuiltIn::new("redis", "/").on(ConnectionConfig::to(&redis.url()));
    let site = Site::open(config.session(|session| session.prefix = "a*b:".to_owned())).await.expect("a driver");
    let manager: &SessionManager = (*site).as_ref();
    let driver = manager.driver(None).await.expect("a driver");
    assert_eq!(driver.count().await.expect("a count"), 1);
    assert_eq!(driver.user_sessions("ada").await.expect("a list").len(), 1);
    assert_eq!(driver.gc().await.expect("a collection"), 0);
    for path in ["/count", "/regenerate", "/all", "/logout"] {
        ada.get(path).await.assert_status(200);
    }
    ada.get("/login").await.assert_status(200);
    assert_eq!(driver.end_user_sessions("ada", None).await.expect("an end"), 1);
    grace.get("/user").await.assert_see("ada");
    let commands = monitor.end().await;
    let touched: Vec<_> = commands.sent.iter().chain(&commands.scripted).filter_map(|line| about(line)).collect();
    assert!(touched.len() > 50, "{commands:#?}");
    for (name, key) in touched {
        assert!(!["KEYS", "FLUSHALL", "FLUSHDB", "RANDOMKEY", "SWAPDB"].contains(&name.as_str()), "{name} {key}");
        // As the monitor and a pattern write it.
        let is_ours = ["a*b:", "axb:", r"a\\*b:"].iter().any(|prefix| key.starts_with(prefix));
        assert!(is_ours && !FOREIGN.contains(&key.as_str()), "{name} {key}");
    }
    for key in FOREIGN {
        assert_eq!(redis.command(&["GET", key]), "theirs", "{key}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn sr_44_a_cookie_never_becomes_a_command() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let server = app(&folder, &redis.url(), &[]).await;
    let monitor = redis.monitor().await;
    let ada = server.visitor();
    for cookie in ["x%0d%0aSET%20a%20b", "*", "{a}", "../../etc/passwd"] {
        ada.set_cookie("session", cookie);
        let _ = ada.try_get("/look").await;
    }
    assert_eq!(monitor.end().await, Commands::default());
}
