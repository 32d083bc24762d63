//! From another driver to memcached.

use salon_tests::{AppFolder, Server, servers::Memcached};

use super::{keys, probe};

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn a_switch_to_memcached_logs_nobody_out_and_a_logout_after_it_is_final() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let before = Server::probe(&folder, &[("SESSION_DRIVER", "file")]).await;
    let (ada, bob) = (before.visitor(), before.visitor());
    for visitor in [&ada, &bob] {
        visitor.get("/login").await.assert_status(200);
    }
    before.stop().await;
    let server = probe(&folder, &memcached.url(), &[("SESSION_FALLBACK", "file")]).await;
    let (ada, bob) = (ada.at(&server), bob.at(&server));
    ada.get("/user").await.assert_see("ada");
    assert_eq!(
        (keys(&memcached).len(), folder.session_files().len()),
        (1, 1),
        "sessions that were used were moved, the others were not"
    );
    let thief = ada.copy();
    ada.get("/logout").await.assert_status(200);
    for visitor in [&ada, &thief] {
        visitor.get("/user").await.assert_see("null");
    }
    // A session that was never moved ends for good too, although memcached forgets its tombstone.
    let thief = bob.copy();
    bob.get("/logout").await.assert_status(200);
    memcached.flush();
    for visitor in [&bob, &thief] {
        visitor.get("/user").await.assert_see("null");
    }
    assert!(folder.session_files().is_empty());
}
