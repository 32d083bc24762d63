//! SR-44: a key is the prefix and a digest, and nothing else in memcached is read, written or removed.

use salon_tests::{AppFolder, servers::Memcached};

use super::{keys, probe, talk, value};

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn sr_44_two_apps_and_foreign_keys_on_one_server_do_not_get_in_each_other_s_way() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    assert_eq!(memcached.command("set foreign 0 0 5\r\nvalue"), "STORED");
    let longest = "p".repeat(100);
    let first = probe(&folder, &memcached.url(), &[("APP_NAME", "Shop")]).await;
    let second = probe(&folder, &memcached.url(), &[("SESSION_PREFIX", &longest)]).await;
    let (ada, bob) = (first.visitor(), second.visitor());
    ada.get("/count").await.assert_see("1");
    bob.get("/count").await.assert_see("1");
    let others = keys(&memcached);
    // An id of one app is unknown to the other.
    ada.at(&second).get("/count").await.assert_see("1");
    for path in ["/regenerate", "/login", "/logout", "/count", "/login", "/logout"] {
        ada.get(path).await.assert_status(200);
    }
    let theirs = |name: &String| name.starts_with(&longest) || name == "foreign";
    for name in others.iter().filter(|name| theirs(name)) {
        assert!(keys(&memcached).contains(name), "{name}");
    }
    bob.get("/count").await.assert_see("2");
    assert_eq!(memcached.command("get foreign"), "VALUE foreign 0 5\nvalue\nEND");
    for name in keys(&memcached).iter().filter(|name| *name != "foreign") {
        let digest = name.strip_prefix(&longest).or_else(|| name.strip_prefix("shop:session:"));
        let digest = digest.unwrap_or_else(|| panic!("{name} belongs to no session"));
        assert!(digest.len() == 64 && digest.bytes().all(|digit| b"0123456789abcdef".contains(&digit)), "{name}");
    }
    assert_eq!(memcached.statistic("cmd_flush"), 0);
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn sr_44_what_a_cookie_holds_never_reaches_memcached() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let server = probe(&folder, &memcached.url(), &[]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    let asked = memcached.statistic("cmd_get");
    for cookie in [
        "%0d%0aset evil 0 0 1%0d%0ax%0d%0a",
        "x%0D%0Aflush_all%0D%0A",
        "../../session",
        "a b",
        "%00",
        &"A".repeat(42),
        &"A".repeat(44),
        &"A".repeat(5_000),
        &format!("{}%0d%0aflush_all%0d%0a", "A".repeat(43)),
    ] {
        let visitor = server.visitor();
        visitor.set_cookie("session", cookie);
        visitor.get("/look").await.assert_status(200).assert_see("false");
    }
    assert_eq!(memcached.statistic("cmd_get"), asked, "none of them reaches memcached");
    assert_eq!((memcached.command("get evil"), memcached.statistic("cmd_flush")), ("END".to_owned(), 0));
    ada.get("/count").await.assert_see("2");
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn sr_45_a_record_that_was_copied_over_another_one_is_not_read() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let server = probe(&folder, &memcached.url(), &[]).await;
    let ada = server.visitor();
    ada.get("/login").await;
    let admin = keys(&memcached).pop().expect("a session");
    let bob = server.visitor();
    bob.get("/count").await;
    let own = keys(&memcached).into_iter().find(|key| *key != admin).expect("another session");
    let stolen = value(&memcached, &admin);
    let set = [format!("set {own} 0 0 {}\r\n", stolen.len()).as_bytes(), &stolen, b"\r\n"].concat();
    talk(&memcached, &set, b"STORED\r\n");
    bob.get("/user").await.assert_status(200).assert_see("null");
    bob.get("/all").await.assert_see("{}");
    server.process().complaint("session.corrupt").await;
}
