//! The collector of one server, and the requests of another one, on the same folder.

use salon_tests::{AppFolder, FakeClock, Server, within};
use tokio::task::JoinSet;

/// The first server's sessions expire after 60 milliseconds, unless the second one has replaced their lifetime. Expired
/// sessions are kept for another minute: the first server's clock is a minute ahead, so that the second one need not
/// wait.
#[tokio::test]
#[cfg_attr(not(faketime), ignore = "libfaketime is not installed; tests/run installs it")]
async fn f_17_what_was_saved_in_time_is_never_collected_and_all_else_is() {
    const CLIENTS: usize = 6;
    const ROUNDS: usize = 25;
    let folder = AppFolder::new();
    let often = ("SESSION_GC_INTERVAL", "0.0001");
    let late = FakeClock::new("-60s");
    let short = Server::probe(&folder, &late.environment(&[("SESSION_LIFETIME", "0.001"), often])).await;
    let long = Server::probe(&folder, &[often]).await;
    let mut work = JoinSet::new();
    for client in 0..CLIENTS {
        let (stranger, long) = (short.visitor(), long.address());
        work.spawn(async move {
            let mut visitors = Vec::new();
            for round in 0..ROUNDS {
                let visitor = stranger.copy();
                // A browser keeps no cookie that lives for half a second, so it is put back by hand.
                let first = visitor.get("/count").await;
                let cookie = first.cookies().concat();
                let id = cookie.strip_prefix("session=").and_then(|rest| rest.split_once(';')).expect("an id").0;
                let visitor = visitor.to(long);
                visitor.set_cookie("session", id);
                // Sometimes sooner, sometimes later: just before the collector, or just after it.
                for _ in 0..(client * ROUNDS + round) * 7 % 60 {
                    visitor.get("/nothing").await;
                }
                let count: u64 = visitor.get("/count").await.text().parse().expect("a number");
                visitors.push((visitor, count));
            }
            visitors
        });
    }
    let visitors = work.join_all().await.concat();
    assert_eq!(visitors.len(), CLIENTS * ROUNDS);
    let saved = visitors.iter().filter(|(_, count)| *count == 2).count();
    assert!(0 < saved && saved < visitors.len(), "{saved} of {} were in time: there was no race", visitors.len());
    let mut ended_under_way = 0;
    for (visitor, count) in &visitors {
        let next = visitor.get("/count").await.assert_status(200).text();
        if *count == 2 && next == "1" {
            // Collected between this request's load and its save: as with a logout, the log must say so.
            ended_under_way += 1;
        } else {
            assert_eq!(next, (count + 1).to_string());
        }
    }
    let collected = async {
        while folder.session_files().len() > visitors.len() {
            short.visitor().get("/nothing").await;
        }
    };
    within("the removal of the expired sessions", collected).await;
    assert_eq!(folder.session_files().len(), visitors.len());
    let ended = long.stop().await;
    let events = ended.assert_success().stderr.matches("the session ended while a request used it").count();
    assert_eq!(ended_under_way, events, "nothing was lost in silence: {ended:?}");
    for ended in [ended, short.stop().await] {
        assert!(!ended.assert_success().stderr.contains("ERROR"), "{ended:?}");
    }
}
