//! The proxy that drivers are tested through works as the tests rely on.

use std::{net::SocketAddr, time::Duration};

use salon_tests::{Proxy, servers::free_port, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

/// Long enough that anything not held back would have arrived.
const A_WHILE: Duration = Duration::from_millis(100);

/// A server that echoes each line, and counts nothing.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = client.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    address
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.expect("a connection")
}

async fn say(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).await.expect("a connection");
}

async fn hear(client: &mut TcpStream, length: usize) -> String {
    let mut heard = vec![0; length];
    within("an answer", client.read_exact(&mut heard)).await.expect("an answer");
    String::from_utf8(heard).expect("text")
}

/// Everything that arrives until the connection ends, however it ends.
async fn hear_out(client: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = within("the connection's end", client.read_to_end(&mut heard)).await;
    String::from_utf8(heard).expect("text")
}

async fn hears_nothing(client: &mut TcpStream) -> bool {
    timeout(A_WHILE, client.read_u8()).await.is_err()
}

#[tokio::test]
async fn what_goes_through_is_as_it_was_and_counted() {
    let proxy = Proxy::to(echo().await);
    let (mut ada, mut bob) = (connect(&proxy).await, connect(&proxy).await);
    say(&mut ada, "ada").await;
    say(&mut bob, "bob!").await;
    assert_eq!((hear(&mut ada, 3).await, hear(&mut bob, 4).await), ("ada".to_owned(), "bob!".to_owned()));
    assert_eq!((proxy.connections(), proxy.requested(), proxy.answered()), (2, 7, 7));
}

#[tokio::test]
async fn both_ways_can_be_delayed() {
    let proxy = Proxy::to(echo().await);
    let mut ada = connect(&proxy).await;
    for (requests, answers) in [(A_WHILE, Duration::ZERO), (Duration::ZERO, A_WHILE), (A_WHILE, A_WHILE)] {
        proxy.delay(requests, answers);
        let since = Instant::now();
        say(&mut ada, "ada").await;
        hear(&mut ada, 3).await;
        assert!(since.elapsed() >= requests + answers, "{:?}", since.elapsed());
    }
}

#[tokio::test]
async fn a_stalled_proxy_takes_connections_and_says_nothing_until_it_passes() {
    let proxy = Proxy::to(echo().await);
    let mut old = connect(&proxy).await;
    proxy.stall();
    let mut new = connect(&proxy).await;
    for client in [&mut old, &mut new] {
        say(client, "ada").await;
        assert!(hears_nothing(client).await);
    }
    assert_eq!(proxy.requested(), 0);
    proxy.pass();
    assert_eq!((hear(&mut old, 3).await, hear(&mut new, 3).await), ("ada".to_owned(), "ada".to_owned()));
}

#[tokio::test]
async fn an_answer_that_is_held_back_was_asked_for() {
    let proxy = Proxy::to(echo().await);
    let mut ada = connect(&proxy).await;
    proxy.hold_answers();
    say(&mut ada, "ada").await;
    assert!(hears_nothing(&mut ada).await);
    assert_eq!((proxy.requested(), proxy.answered()), (3, 0));
    proxy.pass();
    assert_eq!(hear(&mut ada, 3).await, "ada");
}

#[tokio::test]
async fn connections_are_cut_and_new_ones_taken() {
    let proxy = Proxy::to(echo().await);
    let mut ada = connect(&proxy).await;
    say(&mut ada, "ada").await;
    hear(&mut ada, 3).await;
    proxy.cut();
    assert_eq!(hear_out(&mut ada).await, "");
    let mut ada = connect(&proxy).await;
    say(&mut ada, "ada").await;
    assert_eq!(hear(&mut ada, 3).await, "ada");
}

#[tokio::test]
async fn new_connections_are_refused_and_old_ones_stay() {
    let proxy = Proxy::to(echo().await);
    let mut ada = connect(&proxy).await;
    say(&mut ada, "ada").await;
    hear(&mut ada, 3).await;
    proxy.refuse();
    let refused = TcpStream::connect(proxy.address()).await.expect_err("nobody listens");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    say(&mut ada, "ada").await;
    assert_eq!(hear(&mut ada, 3).await, "ada");
    proxy.pass();
    connect(&proxy).await;
}

#[tokio::test]
async fn a_connection_is_cut_within_an_answer_and_others_are_not() {
    let proxy = Proxy::to(echo().await);
    let (mut ada, mut bob) = (connect(&proxy).await, connect(&proxy).await);
    say(&mut bob, "bob").await;
    hear(&mut bob, 3).await;
    for (bytes, heard) in [(2, "ad"), (0, ""), (3, "ada")] {
        proxy.cut_after(bytes);
        say(&mut ada, "ada").await;
        assert_eq!(hear_out(&mut ada).await, heard);
        ada = connect(&proxy).await;
    }
    say(&mut bob, "bob").await;
    assert_eq!(hear(&mut bob, 3).await, "bob");
    assert_eq!(proxy.requested(), 3 * 5);
}

#[tokio::test]
async fn two_answers_that_fit_are_exchanged_once() {
    let proxy = Proxy::to(echo().await);
    let (mut ada, mut bob) = (connect(&proxy).await, connect(&proxy).await);
    proxy.swap_answers(|answer| answer.starts_with(b"$"));
    say(&mut ada, "+ada").await;
    assert_eq!(hear(&mut ada, 4).await, "+ada");
    say(&mut ada, "$ada").await;
    assert!(hears_nothing(&mut ada).await);
    say(&mut bob, "$bob").await;
    assert_eq!((hear(&mut ada, 4).await, hear(&mut bob, 4).await), ("$bob".to_owned(), "$ada".to_owned()));
    assert_eq!(proxy.swaps(), 1);
    say(&mut ada, "$ada").await;
    assert_eq!(hear(&mut ada, 4).await, "$ada");
}

#[tokio::test]
async fn an_answer_that_waits_for_another_goes_where_it_belongs_when_all_may_pass() {
    let proxy = Proxy::to(echo().await);
    let mut ada = connect(&proxy).await;
    proxy.swap_answers(|_| true);
    say(&mut ada, "ada").await;
    assert!(hears_nothing(&mut ada).await);
    proxy.pass();
    assert_eq!((hear(&mut ada, 3).await, proxy.swaps()), ("ada".to_owned(), 0));
}

#[tokio::test]
async fn an_answer_is_served_to_another_request() {
    let proxy = Proxy::to(echo().await);
    let mut ada = connect(&proxy).await;
    let mut first = None;
    proxy.rewrite_answers(move |answer| Some(first.get_or_insert_with(|| answer.to_vec()).clone()));
    for name in ["ada", "bob"] {
        say(&mut ada, name).await;
        assert_eq!(hear(&mut ada, 3).await, "ada");
    }
    proxy.pass();
    say(&mut ada, "bob").await;
    assert_eq!(hear(&mut ada, 3).await, "bob");
}

#[tokio::test]
async fn a_proxy_leads_to_a_server_that_comes_back() {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let proxy = Proxy::to(address);
    assert_eq!(hear_out(&mut connect(&proxy).await).await, "");
    let server = TcpListener::bind(address).await.expect("a free port");
    let _ada = connect(&proxy).await;
    within("a connection", server.accept()).await.expect("a connection");
}
