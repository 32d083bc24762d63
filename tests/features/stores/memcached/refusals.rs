//! What keeps an app with this driver from starting, and the errors when something is missing.

use salon_tests::{
    AppFolder, Server,
    servers::{Memcached, free_port},
};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::probe;

const URL: &str = "DATABASE_CONNECTIONS_MEMCACHED_URL";
const DRIVER: (&str, &str) = ("SESSION_DRIVER", "memcached");

#[tokio::test]
async fn a_wrong_url() {
    let folder = AppFolder::new();
    for (url, problem) in [
        ("memcached://", "is not a host with a port"),
        ("memcached://127.0.0.1:port", "is not a host with a port"),
        ("memcached://127.0.0.1:11211/1", "something follows the servers"),
        ("memcached://127.0.0.1:1,127.0.0.1:1", "is listed twice"),
        ("memcached://ada:hunter2@127.0.0.1:11211", "a user or a password"),
    ] {
        let refusal = Server::refusal(&folder, &[DRIVER, (URL, url)]).await;
        refusal.assert_refused(&["`memcached`", "connections.memcached.url", problem, "memcached://host:port"]);
        assert!(!refusal.stderr.contains("hunter2"));
    }
    let refusal = Server::refusal(&folder, &[DRIVER, (URL, "memcache://127.0.0.1:11211")]).await;
    refusal.assert_refused(&["connections.memcached.url", "memcached:"]);
}

#[tokio::test]
async fn a_connection_to_something_else() {
    let folder = AppFolder::new();
    let refusal = Server::refusal(&folder, &[DRIVER, ("SESSION_CONNECTION", "redis")]).await;
    refusal.assert_refused(&["`redis`", "memcached"]);
    let refusal = Server::refusal(&folder, &[DRIVER, ("SESSION_CONNECTION", "cache")]).await;
    refusal.assert_refused(&["no connection `cache`", "memcached"]);
}

#[tokio::test]
async fn sr_44_a_prefix_that_is_too_long_for_a_key_or_no_part_of_one() {
    let folder = AppFolder::new();
    for prefix in ["p".repeat(101).as_str(), "a shop:", "shop\r\nflush_all\r\n", "shop\u{7f}:", "schön:"] {
        let refusal = Server::refusal(&folder, &[DRIVER, ("SESSION_PREFIX", prefix)]).await;
        refusal.assert_refused(&["SESSION_PREFIX", "at most 100 characters, without spaces"]);
    }
}

#[tokio::test]
async fn a_server_that_is_down_at_the_start() {
    let (folder, port) = (AppFolder::new(), free_port());
    let refusal = Server::refusal(&folder, &[DRIVER, (URL, &format!("memcached://127.0.0.1:{port}"))]).await;
    let address = format!("127.0.0.1:{port}");
    refusal.assert_refused(&["`memcached`", &format!("start memcached at {address}"), "connections.memcached.url"]);
}

#[tokio::test]
async fn a_host_that_nobody_knows() {
    let refusal = Server::refusal(&AppFolder::new(), &[DRIVER, (URL, "memcached://nowhere.invalid")]).await;
    refusal.assert_refused(&["nowhere.invalid:11211", "connections.memcached.url"]);
}

#[tokio::test]
async fn something_at_that_address_that_is_no_memcached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("memcached://{}", listener.local_addr().expect("an address"));
    let other = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let _ = client.write_all(b"-ERR unknown command\r\n").await;
        }
    });
    let refusal = Server::refusal(&AppFolder::new(), &[DRIVER, (URL, &url)]).await;
    refusal.assert_refused(&["does not respond as memcached", "connections.memcached.url"]);
    other.abort();
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn a_server_that_compares_nothing_before_it_writes() {
    let (folder, memcached) = (AppFolder::new(), Memcached::options().argument("-C").start());
    let refusal = Server::refusal(&folder, &[DRIVER, (URL, &memcached.url())]).await;
    refusal.assert_refused(&["`memcached`", &memcached.address().to_string(), "start it without -C"]);
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn with_one_of_several_servers_down_the_app_starts_and_says_so() {
    let (folder, memcached, port) = (AppFolder::new(), Memcached::start(), free_port());
    let url = format!("{},127.0.0.1:{port}", memcached.url());
    let server = probe(&folder, &url, &[]).await;
    server.process().complaint(&format!("memcached at 127.0.0.1:{port} cannot be reached")).await;
}

#[tokio::test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
async fn a_server_that_goes_down_later_is_logged_with_its_address() {
    let (folder, memcached) = (AppFolder::new(), Memcached::start());
    let server = probe(&folder, &memcached.url(), &[]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    memcached.kill();
    let answer = ada.get("/count").await;
    answer.assert_status(503).assert_no_cookie();
    assert!(answer.header("retry-after").is_some());
    server.process().complaint(&format!("memcached at {} cannot be reached", memcached.address())).await;
    memcached.start_again();
    ada.get("/count").await.assert_status(200).assert_see("1");
}
