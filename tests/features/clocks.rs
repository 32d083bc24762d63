//! Clocks that are wrong: for a while, or permanently by a little.

use salon_tests::{AppFolder, FakeClock, Server, Visitor, within};
use tokio::task::JoinSet;

/// Collects all the time.
const OFTEN: (&str, &str) = ("SESSION_GC_INTERVAL", "0.0005");

/// Waits until the collector has run twice: the first run may have started before.
async fn collected(server: &Server) {
    let collections = || server.process().complaints("expired sessions were removed");
    let before = collections();
    let twice = async {
        while collections() < before + 2 {
            server.visitor().get("/nothing").await;
        }
    };
    within("two collections", twice).await;
}

#[tokio::test]
#[cfg_attr(not(faketime), ignore = "libfaketime is not installed; tests/run installs it")]
async fn f_14_a_clock_that_jumps_costs_nobody_a_session() {
    for driver in ["file", "memory"] {
        for offset in ["+1h", "-1h", "+10y", "-10y"] {
            let (folder, clock) = (AppFolder::new(), FakeClock::new("+0s"));
            let server = Server::probe(&folder, &clock.environment(&[("SESSION_DRIVER", driver), OFTEN])).await;
            let visitors: Vec<Visitor> = (0..20).map(|_| server.visitor()).collect();
            for visitor in &visitors {
                visitor.get("/login").await.assert_status(200);
                visitor.get("/count").await.assert_see("1");
            }
            clock.set(offset);
            collected(&server).await;
            // In the meantime some visitors send requests, and a guest too. A session that has expired by a wrong clock
            // stays expired while the clock is wrong.
            let is_expired = offset == "+10y";
            for visitor in &visitors[..5] {
                visitor.get("/look").await.assert_status(200).assert_see(if is_expired { "false" } else { "true" });
            }
            let stranger = server.visitor();
            stranger.get("/count").await.assert_status(200);
            let written = if is_expired { 0 } else { 5 };
            for visitor in &visitors[5..5 + written] {
                visitor.get("/count").await.assert_see("2");
            }
            collected(&server).await;
            clock.set("+0s");
            collected(&server).await;
            for (number, visitor) in visitors.iter().enumerate() {
                let count = if (5..5 + written).contains(&number) { "3" } else { "2" };
                visitor.get("/count").await.assert_status(200).assert_see(count);
                visitor.get("/user").await.assert_see("ada");
            }
            stranger.get("/count").await.assert_status(200);
            let ended = server.stop().await;
            assert!(!ended.assert_success().stderr.contains("panicked"), "{driver}, {offset}");
            let is_told = ended.stderr.contains("the clock has jumped ahead");
            assert_eq!(
                is_told,
                offset.starts_with('+'),
                "{driver}, {offset}: returning to the right time is not a jump"
            );
        }
    }
}

#[tokio::test]
#[cfg_attr(not(faketime), ignore = "libfaketime is not installed; tests/run installs it")]
async fn f_14_two_servers_90_seconds_apart_lose_nothing() {
    const WRITERS: usize = 16;
    const ROUNDS: usize = 10;
    let (folder, ahead) = (AppFolder::new(), FakeClock::new("+90s"));
    let environment = [("SESSION_LIFETIME", "3"), ("SESSION_TOUCH_INTERVAL", "0"), OFTEN];
    let servers =
        [Server::probe(&folder, &environment).await, Server::probe(&folder, &ahead.environment(&environment)).await];
    let ada = servers[0].visitor();
    ada.get("/count").await.assert_see("1");
    let mut work = JoinSet::new();
    for number in 0..WRITERS {
        let visitor = ada.at(&servers[number % 2]);
        work.spawn(async move {
            for round in 0..ROUNDS {
                visitor.get("/count").await.assert_status(200);
                visitor.get(&format!("/put?key=w{number}r{round}")).await.assert_status(200);
            }
        });
    }
    work.join_all().await;
    for server in &servers {
        collected(server).await;
    }
    for server in &servers {
        let all = ada.at(server).get("/all").await.json();
        assert_eq!(all["count"], 1 + WRITERS * ROUNDS);
        assert_eq!(all.as_object().map(serde_json::Map::len), Some(1 + WRITERS * ROUNDS));
    }
    for server in servers {
        let ended = server.stop().await;
        assert!(!ended.assert_success().stderr.contains("session ended while"), "{ended:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(faketime), ignore = "libfaketime is not installed; tests/run installs it")]
async fn f_14_a_collector_whose_clock_is_years_ahead_of_its_disk_s_leaves_alone_what_is_being_written() {
    const WRITERS: usize = 8;
    const WRITES: usize = 60;
    let (folder, ahead) = (AppFolder::new(), FakeClock::new("+10y"));
    let always = ("SESSION_GC_INTERVAL", "0.00001");
    let server = Server::probe(&folder, &ahead.environment(&[always])).await;
    let mut work = JoinSet::new();
    for _ in 0..WRITERS {
        let visitor = server.visitor();
        work.spawn(async move {
            for count in 1..=WRITES {
                visitor.get("/count").await.assert_status(200).assert_see(&count.to_string());
            }
        });
    }
    work.join_all().await;
    collected(&server).await;
    assert_eq!(folder.session_files().len(), WRITERS);
}
