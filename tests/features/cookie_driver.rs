//! Sessions in the cookie, with real processes: nothing is stored on the server, and any process with the key can
//! continue.

use std::process::Command;

use salon_tests::{
    AppFolder, Binary, Process, Server, Visitor, app_key,
    servers::{Memcached, Redis},
};

async fn start(folder: &AppFolder, environment: &[(&str, &str)]) -> Server {
    let key = app_key(0xf3);
    let ours = [("SESSION_DRIVER", "cookie"), ("APP_KEY", key.as_str())];
    Server::probe(folder, &[&ours[..], environment].concat()).await
}

const LISTED: (&str, &str) = ("SESSION_REVOCATIONS", "file");

fn cookie(visitor: &Visitor) -> Option<String> {
    visitor.cookie("session")
}

#[tokio::test]
async fn a_session_goes_on_in_every_process_with_the_key_and_is_nowhere_on_the_server() {
    let folder = AppFolder::new();
    let first = start(&folder, &[]).await;
    let ada = first.visitor();
    ada.get("/nothing").await.assert_no_cookie();
    ada.get("/count").await.assert_see("1");
    ada.get("/login").await.assert_status(200);
    let second = start(&folder, &[]).await;
    ada.at(&second).get("/count").await.assert_see("2");
    ada.get("/count").await.assert_see("3");
    ada.get("/user").await.assert_see("ada");
    assert!(folder.session_files().is_empty());
    let ended = second.stop().await;
    assert!(ended.assert_success().stderr.contains("a logout does not reach copies"), "{ended:?}");
    first.process().signal(salon_tests::Signal::KILL);
    drop(first);
    let third = start(&AppFolder::new(), &[]).await;
    ada.at(&third).get("/count").await.assert_see("4");
    third.stop().await.assert_success();
}

#[tokio::test]
async fn sr_47_keys_are_changed_under_live_sessions() {
    let (old, new) = (app_key(0xf3), app_key(0xf4));
    let folder = AppFolder::new();
    let before = start(&folder, &[]).await;
    let (ada, bea) = (before.visitor(), before.visitor());
    for visitor in [&ada, &bea] {
        visitor.get("/put?key=name").await.assert_status(200);
    }
    before.stop().await.assert_success();

    let during = start(&folder, &[("APP_KEY", &new), ("APP_PREVIOUS_KEYS", &old)]).await;
    let sealed = cookie(&ada);
    ada.at(&during).get("/look").await.assert_see("true");
    assert_ne!(cookie(&ada), sealed, "viewing a page is enough to be sealed with the new key");
    let sealed = cookie(&ada);
    ada.at(&during).get("/look").await.assert_see("true").assert_no_cookie();
    assert_eq!(cookie(&ada), sealed);
    during.stop().await.assert_success();

    let after = start(&folder, &[("APP_KEY", &new)]).await;
    ada.at(&after).get("/look").await.assert_see("true");
    bea.at(&after).get("/look").await.assert_see("false");
    after.stop().await.assert_success();
}

#[tokio::test]
async fn sr_48_a_copied_cookie_is_dead_in_every_process_after_the_logout_if_a_list_is_kept() {
    for listed in [true, false] {
        let folder = AppFolder::new();
        let environment = if listed { &[LISTED][..] } else { &[] };
        let (first, second) = (start(&folder, environment).await, start(&folder, environment).await);
        let ada = first.visitor();
        ada.get("/login").await.assert_status(200);
        let copy = ada.copy();
        ada.at(&second).get("/logout").await.assert_status(200);
        assert_eq!(cookie(&ada), None);
        let seen = if listed { "null" } else { "ada" };
        for server in [&first, &second] {
            copy.at(server).get("/user").await.assert_see(seen);
        }
        first.stop().await.assert_success();
        second.stop().await.assert_success();
        let third = start(&folder, environment).await;
        copy.at(&third).get("/user").await.assert_see(seen);
        assert_eq!(folder.session_files().is_empty(), !listed);
        third.stop().await.assert_success();
    }
}

#[tokio::test]
async fn a_write_under_the_cookie_of_before_a_renewal_is_a_503_and_succeeds_under_the_new_one() {
    let folder = AppFolder::new();
    let server = start(&folder, &[LISTED]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let tab = ada.copy();
    ada.get("/regenerate").await.assert_status(200);
    tab.get("/all").await.assert_status(200).assert_see(r#"{"count":1}"#);
    let lost = tab.get("/count").await;
    lost.assert_status(503).assert_no_cookie();
    assert!(lost.header("retry-after").is_some(), "{:?}", lost.headers);
    ada.get("/count").await.assert_status(200).assert_see("2");
}

/// A logout and the end of all sessions of a user, in two processes whose list is on a server.
async fn ends_what_is_listed(list: &[(&str, &str)]) {
    let folder = AppFolder::new();
    let (first, second) = (start(&folder, list).await, start(&folder, list).await);
    let (ada, twice) = (first.visitor(), second.visitor());
    for visitor in [&ada, &twice] {
        visitor.get("/login").await.assert_status(200);
        visitor.get("/regenerate").await.assert_status(200);
    }
    let copy = ada.copy();
    ada.at(&second).get("/logout").await.assert_status(200);
    copy.get("/user").await.assert_see("null");
    twice.at(&first).get("/user").await.assert_see("ada");

    let key = app_key(0xf3);
    let environment = [&[("SESSION_DRIVER", "cookie"), ("APP_KEY", key.as_str())], list].concat();
    let mut command = Command::new(Binary::Probe.path());
    command.args(["session:end", "--user", "ada"]).current_dir(folder.path()).env_clear().envs(environment);
    let ended = Process::start(&mut command).end().await;
    assert!(ended.assert_success().stdout.contains("All sessions of ada were ended."), "{ended:?}");
    for server in [&first, &second] {
        twice.at(server).get("/user").await.assert_see("null");
    }
    ada.get("/login").await.assert_status(200);
    ada.at(&second).get("/user").await.assert_see("ada");
    assert!(folder.session_files().is_empty());
    first.stop().await.assert_success();
    second.stop().await.assert_success();
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn sr_48_the_list_may_be_in_redis() {
    let redis = Redis::start();
    ends_what_is_listed(&[("SESSION_REVOCATIONS", "redis"), ("DATABASE_CONNECTIONS_REDIS_URL", &redis.url())]).await;
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn sr_48_the_list_may_be_in_memcached() {
    let memcached = Memcached::start();
    let list = [("SESSION_REVOCATIONS", "memcached"), ("DATABASE_CONNECTIONS_MEMCACHED_URL", &memcached.url())];
    ends_what_is_listed(&list).await;
}

#[tokio::test]
async fn sr_48_the_list_may_be_in_files() {
    let folder = AppFolder::new();
    let files = folder.path().join("list").display().to_string();
    ends_what_is_listed(&[("SESSION_REVOCATIONS", "file"), ("SESSION_FILES", &files)]).await;
}

#[tokio::test]
async fn a_list_that_is_gone_is_a_503_and_nobody_is_treated_as_a_guest() {
    let folder = AppFolder::new();
    let server = start(&folder, &[LISTED]).await;
    let ada = server.visitor();
    ada.get("/login").await.assert_status(200);
    let before = cookie(&ada);
    let aside = folder.path().join("aside");
    std::fs::rename(folder.sessions(), &aside).expect("a folder");
    std::fs::write(folder.sessions(), "in the way").expect("a file");
    ada.get("/user").await.assert_status(503).assert_no_cookie();
    ada.get("/logout").await.assert_status(503).assert_no_cookie();
    server.visitor().get("/count").await.assert_see("1");
    std::fs::remove_file(folder.sessions()).expect("a file");
    std::fs::rename(&aside, folder.sessions()).expect("a folder");
    assert_eq!(cookie(&ada), before);
    ada.get("/user").await.assert_see("ada");
    server.stop().await.assert_success();
}

#[tokio::test]
async fn what_does_not_fit_is_a_500_whose_log_names_the_keys_and_the_cookie_stays() {
    let folder = AppFolder::new();
    let server = start(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/grow?bytes=2500").await.assert_status(200);
    let before = cookie(&ada);
    ada.get("/grow?bytes=3500").await.assert_status(500).assert_no_cookie();
    assert_eq!(cookie(&ada), before);
    ada.get("/count").await.assert_see("1");
    let ended = server.stop().await;
    let parts = ["a cookie holds 4096 bytes", "`large` (3502 bytes)", "choose another driver"];
    assert!(parts.iter().all(|part| ended.assert_success().stderr.contains(part)), "{ended:?}");
}

#[tokio::test]
async fn parallel_requests_do_not_merge_and_each_answer_holds_what_its_request_did() {
    let folder = AppFolder::new();
    let server = start(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/put?key=first").await.assert_status(200);
    let tabs: Vec<_> = (0..10).map(|_| ada.copy()).collect();
    let requests: Vec<_> = tabs
        .iter()
        .enumerate()
        .map(|(number, tab)| {
            let tab = tab.clone();
            tokio::spawn(async move { tab.get(&format!("/put?key=key{number}")).await })
        })
        .collect();
    for request in requests {
        request.await.expect("an answer").assert_status(200);
    }
    for (number, tab) in tabs.iter().enumerate() {
        let all = tab.get("/all").await.json();
        let keys: Vec<_> = all.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(keys, ["first".to_owned(), format!("key{number}")]);
    }
    server.stop().await.assert_success();
}

#[tokio::test]
async fn sr_67_no_sealed_cookie_is_ever_logged() {
    let folder = AppFolder::new();
    let server = start(&folder, &[LISTED, ("SESSION_REGENERATE_GRACE", "0")]).await;
    let (ada, bea) = (server.visitor(), server.visitor());
    for path in ["/count", "/regenerate", "/login", "/panic", "/fail", "/grow?bytes=5000", "/count"] {
        let before = ada.copy();
        ada.get(path).await;
        before.get("/count").await;
    }
    bea.get("/count").await;
    let [a, b] = [&ada, &bea].map(|visitor| cookie(visitor).expect("a cookie"));
    server.visitor().get_with("/count", &[("cookie", &format!("session={a}; session={b}"))]).await.assert_see("1");
    server.visitor().get_with("/count", &[("cookie", &format!("session={}", &a[..a.len() - 4]))]).await;
    ada.get("/logout").await.assert_status(200);
    let ended = server.stop().await;
    for event in ["several different", "was renewed longer ago", "session.destroyed"] {
        assert!(ended.stderr.contains(event), "the scenario must produce {event:?}: {}", ended.stderr);
    }
    ended.assert_success();
}

#[tokio::test]
async fn without_a_key_the_start_is_refused() {
    let refusal = Server::refusal(&AppFolder::new(), &[("SESSION_DRIVER", "cookie")]).await;
    refusal.assert_refused(&["`cookie`", "APP_KEY", "key:generate"]);
}
