//! How many commands a request sends to memcached, counted by memcached.

use salon_tests::{AppFolder, Visitor, servers::Memcached};

use super::probe;

/// How many commands it received: `mg` counts as a get, `ms` as a set.
fn commands(memcached: &Memcached) -> u64 {
    let names = ["cmd_get", "cmd_set", "cmd_touch", "cmd_flush", "delete_hits", "delete_misses"];
    names.into_iter().map(|name| memcached.statistic(name)).sum()
}

/// Makes a request, and returns how many commands it sent.
async fn trips(memcached: &Memcached, visitor: &Visitor, path: &str) -> u64 {
    let before = commands(memcached);
    visitor.get(path).await.assert_status(200);
    commands(memcached) - before
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn a_request_asks_once_to_load_and_once_to_save_and_a_guest_without_a_session_not_at_all() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let server = probe(&folder, &memcached.url(), &[]).await;
    let (ada, stranger) = (server.visitor(), server.visitor());
    for path in ["/ledger", "/nothing", "/look", "/all"] {
        assert_eq!(trips(&memcached, &stranger, path).await, 0, "{path}");
    }
    assert_eq!(trips(&memcached, &ada, "/count").await, 1, "a new session");
    for _ in 0..3 {
        assert_eq!(trips(&memcached, &ada, "/ledger").await, 0, "a route without sessions");
        assert_eq!(trips(&memcached, &ada, "/nothing").await, 1, "a route that does not use the session");
        assert_eq!(trips(&memcached, &ada, "/look").await, 1, "a route that reads");
        assert_eq!(trips(&memcached, &ada, "/count").await, 2, "a route that writes");
    }
    assert_eq!(trips(&memcached, &ada, "/regenerate").await, 3, "a new id: load, the successor, the forward to it");
    assert_eq!(trips(&memcached, &ada, "/login").await, 3, "a login");
    assert_eq!(
        trips(&memcached, &ada, "/logout").await,
        3,
        "a logout: load, read the record to end, write the tombstone"
    );
    ada.set_cookie("session", "no id of ours");
    assert_eq!(trips(&memcached, &ada, "/look").await, 0, "a cookie that we did not issue");
}
