//! F-13: an item that memcached evicts is a session that has ended, never a torn one, and no late request brings it
//! back.

use salon_tests::{AppFolder, Gate, Server, Visitor, servers::Memcached};

use super::{keys, probe, value};

/// Checks that the visitor's session is complete, or gone. Returns true if it is there.
async fn is_there(visitor: &Visitor) -> bool {
    let all = visitor.get("/all").await;
    let kept = all.assert_status(200).json();
    let (left, right) = (&kept["left"], &kept["right"]);
    assert_eq!(left, right, "values that were written together are read together");
    !left.is_null()
}

/// New visitors arrive until memcached has evicted the first ones.
async fn crowd(server: &Server, memcached: &Memcached) {
    let evicted = memcached.statistic("evictions");
    for _ in 0..2_000 {
        server.visitor().get("/grow?bytes=20000").await.assert_status(200);
        if memcached.statistic("evictions") > evicted + 40 {
            return;
        }
    }
    panic!("a megabyte is more than enough");
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_13_a_session_that_was_thrown_out_is_a_logout_and_no_error() {
    let (folder, memcached) = (AppFolder::new(), Memcached::options().megabytes(1).start());
    let server = probe(&folder, &memcached.url(), &[]).await;
    for what in ["flush_all", "a restart", "a crash"] {
        let ada = server.visitor();
        ada.get("/pair?value=7").await;
        ada.get("/login").await;
        ada.get("/user").await.assert_see("ada");
        match what {
            "flush_all" => memcached.flush(),
            "a restart" => memcached.restart(),
            _ => {
                memcached.kill();
                memcached.start_again();
            }
        }
        for path in ["/user", "/all", "/user"] {
            ada.get(path).await.assert_status(200);
        }
        ada.get("/user").await.assert_see("null");
        assert!(!is_there(&ada).await, "{what}");
        let (old, answer) = (ada.cookie("session"), ada.get("/count").await);
        answer.assert_status(200).assert_see("1");
        assert_ne!(ada.cookie("session"), old, "after {what} an old id is not used again");
        ada.get("/count").await.assert_see("2");
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_13_in_a_crowd_sessions_are_whole_or_gone_and_a_late_writer_brings_none_back() {
    let (folder, memcached, gate) = (AppFolder::new(), Memcached::options().megabytes(1).start(), Gate::new().await);
    let server = probe(&folder, &memcached.url(), &[]).await;
    let early: Vec<_> = (0..20).map(|_| server.visitor()).collect();
    for (number, visitor) in early.iter().enumerate() {
        visitor.get(&format!("/pair?value={number}")).await.assert_status(200);
        visitor.get("/grow?bytes=20000").await.assert_status(200);
    }
    // A request that has loaded the session before it is evicted.
    let (late, path) = (early[0].copy(), format!("/put?key=late&{}", gate.query()));
    let slow = tokio::spawn(async move { (late.get(&path).await, late) });
    let handler = gate.arrival().await;
    for _ in 0..20 {
        crowd(&server, &memcached).await;
        if !is_there(&early[0]).await {
            break;
        }
    }
    let gone = tokio::spawn(async move {
        let mut gone = 0;
        for visitor in &early {
            gone += usize::from(!is_there(visitor).await);
        }
        (gone, early)
    });
    let (gone, early) = gone.await.expect("an answer");
    assert!(gone > 0, "a megabyte is not enough for all");
    handler.go_on().await;
    let (answer, late) = slow.await.expect("an answer");
    answer.assert_no_cookie();
    for visitor in [&late, &early[0]] {
        visitor.get("/all").await.assert_see("{}");
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_13_a_late_writer_does_not_bring_back_what_was_logged_out() {
    let (folder, memcached, gate) = (AppFolder::new(), Memcached::start(), Gate::new().await);
    let server = probe(&folder, &memcached.url(), &[]).await;
    for path in ["/put?key=late", "/count?", "/login?", "/regenerate?"] {
        let ada = server.visitor();
        ada.get("/pair?value=7").await;
        let (late, path) = (ada.copy(), format!("{path}&{}", gate.query()));
        let thief = ada.copy();
        let slow = tokio::spawn(async move { (late.get(&path).await, late) });
        let handler = gate.arrival().await;
        ada.get("/logout").await.assert_status(200);
        handler.go_on().await;
        let (answer, late) = slow.await.expect("an answer");
        answer.assert_no_cookie();
        for visitor in [&ada, &late, &thief] {
            visitor.get("/all").await.assert_see("{}");
            visitor.get("/user").await.assert_see("null");
        }
    }
    let keys = keys(&memcached);
    let kept: Vec<_> = keys.iter().map(|key| value(&memcached, key)).collect();
    let is_tombstone = |value: &Vec<u8>| value.windows(31).any(|part| part == b"salon: this session has ended..");
    assert!(kept.len() == 4 && kept.iter().all(is_tombstone), "only tombstones are left, not {kept:?}");
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_13_a_session_too_large_for_an_item_is_an_error_that_says_so_and_the_one_before_stays() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let server = probe(&folder, &memcached.url(), &[("SESSION_MAX_BYTES", "4194304")]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    ada.get("/grow?bytes=1000000").await.assert_status(200);
    for bytes in [1_048_500, 1_048_576, 3_000_000] {
        ada.get(&format!("/grow?bytes={bytes}")).await.assert_status(500);
        server.visitor().get(&format!("/grow?bytes={bytes}")).await.assert_status(500).assert_no_cookie();
    }
    assert_eq!(ada.get("/all").await.json()["large"].as_str().map(str::len), Some(1_000_000));
    ada.get("/count").await.assert_see("2");
    for part in ["too large for the driver `memcached`", "-I"] {
        server.process().complaint(part).await;
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn f_13_a_server_that_may_throw_nothing_out_and_is_full_answers_503_and_tears_nothing() {
    let (folder, memcached) = (AppFolder::new(), Memcached::options().megabytes(1).argument("-M").start());
    let server = probe(&folder, &memcached.url(), &[]).await;
    let ada = server.visitor();
    ada.get("/pair?value=7").await;
    let mut refused = None;
    for _ in 0..200 {
        let answer = server.visitor().get("/grow?bytes=50000").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a megabyte is not enough for all");
    refused.assert_status(503).assert_no_cookie();
    assert!(refused.header("retry-after").is_some());
    server.process().complaint("is out of memory: give it more memory").await;
    is_there(&ada).await;
    memcached.flush();
    ada.get("/count").await.assert_status(200);
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn a_session_that_lives_for_years_is_kept_for_years() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    // A month, a year, and beyond the last date that memcached can represent.
    for (minutes, least) in [("43200", 2_592_000), ("525600", 31_536_000), ("10512000", -1)] {
        memcached.restart();
        let server = probe(&folder, &memcached.url(), &[("SESSION_LIFETIME", minutes)]).await;
        let ada = server.visitor();
        ada.get("/count").await.assert_see("1");
        ada.get("/count").await.assert_see("2");
        let key = keys(&memcached).pop().expect("a session");
        let line = memcached.command(&format!("mg {key} t"));
        let left: i64 = line.strip_prefix("HD t").and_then(|seconds| seconds.parse().ok()).expect("seconds");
        assert!(left == least || (left > least && left <= least + 61 && least > 0), "{minutes}: {line}");
    }
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn with_encrypt_memcached_sees_nothing_of_what_a_session_holds() {
    const KEY: &str = "base64:qD0xJf3c7m2Q9tY6Zs1bWvXg8kHn4eRrLp5uAoCiEyM=";
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    for (encrypt, is_seen) in [("true", false), ("false", true)] {
        memcached.restart();
        let server = probe(&folder, &memcached.url(), &[("SESSION_ENCRYPT", encrypt), ("APP_KEY", KEY)]).await;
        let ada = server.visitor();
        ada.get("/put?key=a-telling-name").await;
        ada.get("/all").await.assert_see("a-telling-name");
        let key = keys(&memcached).pop().expect("a session");
        let found = value(&memcached, &key).windows(14).any(|window| window == b"a-telling-name");
        assert_eq!(found, is_seen, "encrypt = {encrypt}");
    }
}
