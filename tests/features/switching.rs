//! A switch from files to Redis: nobody is logged out, and a logout stays in effect.

use std::process::Command;

use salon_tests::{AppFolder, Binary, Ended, Process, Server, Visitor, servers::Redis};
use tokio::task::JoinSet;

const URL: &str = "DATABASE_CONNECTIONS_REDIS_URL";

async fn run(folder: &AppFolder, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(Binary::Probe.path());
    command.args(arguments).current_dir(folder.path()).env_clear().envs(environment.iter().copied());
    Process::start(&mut command).end().await
}

async fn logged_in(server: &Server) -> Visitor {
    let visitor = server.visitor();
    visitor.get("/login").await.assert_status(200);
    visitor.get("/count").await.assert_see("1");
    visitor
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_switch_to_redis_logs_nobody_out_at_any_step() {
    const TABS: usize = 20;
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let url = redis.url();
    let before = Server::probe(&folder, &[]).await;
    let (ada, grace) = (logged_in(&before).await, logged_in(&before).await);
    let (alan, mary) = (logged_in(&before).await, logged_in(&before).await);
    before.stop().await.assert_success();
    assert_eq!(folder.session_files().len(), 4);

    // Read from the fallback, and moved when they are first used: by twenty concurrent requests, in two processes.
    let switched = [("SESSION_DRIVER", "redis"), ("SESSION_FALLBACK", "file"), (URL, url.as_str())];
    let (first, second) = (Server::probe(&folder, &switched).await, Server::probe(&folder, &switched).await);
    let mut tabs = JoinSet::new();
    for number in 0..TABS {
        let tab = ada.at(if number % 2 == 0 { &first } else { &second });
        tabs.spawn(async move { tab.get("/count").await.assert_status(200).text() });
    }
    tabs.join_all().await;
    let ada = ada.at(&first);
    assert_eq!(ada.get("/all").await.json()["count"], 1 + TABS);
    ada.get("/user").await.assert_see("ada");

    // A logout in one process, as the first request after the switch. The other process sees it.
    let copy = grace.at(&second);
    grace.at(&first).get("/logout").await.assert_status(200);
    copy.get("/user").await.assert_see("null");

    // Sessions that were not used are copied. Existing ones stay as they are.
    let copied = run(&folder, &["session:migrate", "--from", "file", "--to", "redis"], &switched).await;
    copied.assert_success();
    assert!(copied.stdout.contains("2 sessions were copied from `file` to `redis`"), "{copied:?}");
    assert!(copied.stdout.contains("remove `fallback` from"), "{copied:?}");
    let again = run(&folder, &["session:migrate", "--from", "file", "--to", "redis"], &switched).await;
    assert!(again.assert_success().stdout.contains("0 sessions were copied"), "{again:?}");
    assert!(again.stdout.contains("2 were already there"), "{again:?}");
    for server in [first, second] {
        server.stop().await.assert_success();
    }

    let after = Server::probe(&folder, &[switched[0], switched[2]]).await;
    for (visitor, count) in [(&ada, 1 + TABS), (&alan, 1), (&mary, 1)] {
        let visitor = visitor.at(&after);
        visitor.get("/user").await.assert_see("ada");
        visitor.get("/count").await.assert_see(&(count + 1).to_string());
    }
    grace.at(&after).get("/user").await.assert_see("null");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_target_that_is_down_is_reported_and_the_command_can_be_run_again() {
    let (folder, redis) = (AppFolder::new(), Redis::start());
    let url = redis.url();
    let server = Server::probe(&folder, &[]).await;
    let ada = logged_in(&server).await;
    server.stop().await;
    let migrate = ["session:migrate", "--from", "file", "--to", "redis"];
    redis.shut_down("NOSAVE");
    let refused = run(&folder, &migrate, &[(URL, &url)]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("cannot connect to `redis`"), "{refused:?}");
    redis.start_again();
    let copied = run(&folder, &migrate, &[(URL, &url)]).await;
    assert!(copied.assert_success().stdout.contains("1 session was copied from `file` to `redis`"), "{copied:?}");
    assert!(copied.stdout.contains("SESSION_DRIVER=redis"), "{copied:?}");
    assert!(copied.stderr.contains("note: changes that a running app makes in `file`"), "{copied:?}");
    let server = Server::probe(&folder, &[("SESSION_DRIVER", "redis"), (URL, &url)]).await;
    ada.at(&server).get("/user").await.assert_see("ada");
}

#[tokio::test]
async fn f_08_a_fallback_that_is_down_keeps_those_waiting_who_have_not_moved_and_nobody_else() {
    for policy in ["fail", "anonymous"] {
        let folder = AppFolder::new();
        let environment =
            [("SESSION_DRIVER", "file"), ("SESSION_FALLBACK", "ledger"), ("SESSION_ON_STORE_ERROR", policy)];
        let server = Server::probe(&folder, &environment).await;
        let ada = logged_in(&server).await;
        server.visitor().get("/ledger/down").await;
        ada.get("/count").await.assert_see("2");
        server.visitor().get("/count").await.assert_see("1");
        // A visitor whose session, if there is one, must be in the ledger.
        let grace = server.visitor();
        grace.set_cookie("session", &"A".repeat(43));
        let (reads, writes) = (grace.get("/user").await, grace.get("/count").await);
        writes.assert_status(503).assert_no_cookie();
        if policy == "fail" {
            reads.assert_status(503).assert_no_cookie();
        } else {
            reads.assert_status(200).assert_see("null").assert_no_cookie();
        }
        server.visitor().get("/ledger/up").await;
        grace.get("/count").await.assert_see("1");
    }
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused_in_a_sentence() {
    let folder = AppFolder::new();
    for (from, to, said) in [
        ("memory", "file", "`memory` keeps sessions in the memory of one process"),
        ("null", "file", "`null` keeps no sessions"),
        ("cookie", "file", "`cookie` keeps sessions in the browsers"),
        ("fiel", "file", "there is no session driver `fiel`; there are: array,"),
        ("ledger", "ledger", "both are `ledger`"),
        ("ledger", "file", "a driver of six methods cannot list its sessions: implement the trait `Store`"),
    ] {
        let refused = run(&folder, &["session:migrate", "--from", from, "--to", to], &[]).await;
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(refused.stderr.contains(said), "{from} {to}: {refused:?}");
    }
    let refused = run(&folder, &[], &[("SESSION_FALLBACK", "fiel")]).await;
    refused.assert_refused(&["there is no session driver `fiel`, which `fallback` names", "SESSION_FALLBACK"]);
    let refused = run(&folder, &[], &[("SESSION_FALLBACK", "null")]).await;
    refused.assert_refused(&["`SESSION_FALLBACK` must be empty"]);
}

#[tokio::test]
async fn an_operator_sees_and_ends_where_a_user_is_logged_in() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let (first, second) = (logged_in(&server).await, logged_in(&server).await);
    let listed = run(&folder, &["session:list", "--user", "ada"], &[]).await;
    assert!(listed.assert_success().stdout.contains("ada is logged in 2 times:"), "{listed:?}");
    assert_eq!(listed.stdout.matches("from 127.0.0.1").count(), 2, "{listed:?}");
    let ended = run(&folder, &["session:end", "--user", "ada", "--driver", "file"], &[]).await;
    assert!(ended.assert_success().stdout.contains("2 sessions of ada were ended."), "{ended:?}");
    for visitor in [first, second] {
        visitor.get("/user").await.assert_see("null");
    }
    let listed = run(&folder, &["session:list", "--user", "ada"], &[]).await;
    assert!(listed.assert_success().stdout.contains("ada is not logged in."), "{listed:?}");
    // The ledger is another driver, empty, and cannot count.
    let counted = run(&folder, &["session:count", "--driver", "ledger"], &[]).await;
    assert!(counted.stderr.contains("cannot count its sessions"), "{counted:?}");
    let collected = run(&folder, &["session:gc", "--driver", "ledger"], &[]).await;
    assert!(collected.assert_success().stdout.contains("0 expired sessions were removed."), "{collected:?}");
}
