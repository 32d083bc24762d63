//! HTTP/2 clients that send what costs them little and could cost the server much: they are sent away, or get what everybody
//! gets, and others are answered meanwhile.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use salon_tests::{
    AppFolder, RawConnection, Server, Visitor,
    http2::{END_HEADERS, END_STREAM, FrameKind, Http2Connection, Outcome, fields, frame, indexed, with_entry},
    within,
};

/// Short limits, and no log of every frame.
const LIMITS: [(&str, &str); 4] = [
    ("SERVER_HEADER_TIMEOUT", "8"),
    ("SERVER_IDLE_TIMEOUT", "8"),
    ("SERVER_TRANSFER_TIMEOUT", "8"),
    ("LOGGING_LEVEL", "info"),
];

const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// How many megabytes the server may have more during an attack, and after it.
const MOST_MEMORY: (u64, u64) = (128, 64);

/// How long the attacker waits for a server that does not read.
const PATIENCE: Duration = Duration::from_secs(60);

/// The settings of RFC 9113, section 6.5.2.
const INITIAL_WINDOW: u16 = 4;

/// Carries out an attack while a visitor loads pages. Asserts that each page is answered, and that the server has about as
/// much memory as before, during the attack and after it. Returns what the attack returns.
async fn withstood<T>(server: &Server, attack: impl Future<Output = T>) -> T {
    let ada = server.visitor();
    ada.get("/count").await.assert_status(200);
    let before = server.process().memory();
    let is_over = AtomicBool::new(false);
    let attacking = async {
        let result = attack.await;
        is_over.store(true, Ordering::Relaxed);
        result
    };
    let (result, most) = tokio::join!(attacking, visits(&ada, server, &is_over));
    assert!(most <= before + MOST_MEMORY.0, "{most} MB, and before {before} MB");
    let settled = async {
        while server.process().memory() > before + MOST_MEMORY.1 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within("memory that is given back", settled).await;
    result
}

/// Loads pages until the attack is over, and once more. Returns the most memory that the server had meanwhile.
async fn visits(ada: &Visitor, server: &Server, is_over: &AtomicBool) -> u64 {
    let (mut most, mut expected) = (0, 1);
    loop {
        let was_over = is_over.load(Ordering::Relaxed);
        expected += 1;
        ada.get("/count").await.assert_status(200).assert_see(&expected.to_string());
        most = most.max(server.process().memory());
        if was_over {
            return most;
        }
    }
}

async fn attacker(server: &Server, settings: &[(u16, u32)]) -> Http2Connection {
    Http2Connection::on(RawConnection::open_from(ATTACKER, server.address(), None).await, settings).await
}

/// Sends parts of a flood until the server takes no more, or this many were sent. Returns whether it takes no more.
async fn flood(connection: &mut Http2Connection, count: u32, mut part: impl FnMut(u32) -> Vec<u8>) -> bool {
    let mut batch = Vec::new();
    for number in 0..count {
        batch.extend(part(number));
        if batch.len() > 32 << 10 || number + 1 == count {
            if !connection.try_send(&batch, PATIENCE).await {
                return true;
            }
            batch.clear();
        }
    }
    false
}

fn head(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let own = [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path)];
    fields(&[own.as_slice(), more].concat())
}

/// The stream of a client's request, counted from 0.
const fn stream(number: u32) -> u32 {
    2 * number + 1
}

#[tokio::test]
async fn sr_63_requests_that_are_reset_at_once_end_the_connection() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    for (method, path) in [("GET", "/count"), ("POST", "/length")] {
        let mut connection = attacker(&server, &[]).await;
        let is_ended = withstood(&server, async {
            let sent = flood(&mut connection, 50_000, |number| {
                let head = frame(FrameKind::Headers, END_HEADERS, stream(number), &head(method, path, &[]));
                [head, frame(FrameKind::Reset, 0, stream(number), &8_u32.to_be_bytes())].concat()
            });
            let is_ended = sent.await;
            connection.end().await;
            is_ended
        });
        assert!(is_ended.await, "50 000 requests were taken");
    }
}

#[tokio::test]
async fn sr_63_a_head_that_never_ends_ends_the_connection() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let large = fields(&[("x", "y".repeat(16_000))]);
    let small = fields(&[("x", "y")]);
    for (what, part) in [("large", large.as_slice()), ("small", &small), ("empty", &[])] {
        let mut connection = attacker(&server, &[]).await;
        let is_ended = withstood(&server, async {
            connection.send(frame(FrameKind::Headers, END_STREAM, 1, &head("GET", "/look", &[]))).await;
            let is_ended = flood(&mut connection, 100_000, |_| frame(FrameKind::Continuation, 0, 1, part)).await;
            connection.end().await;
            is_ended
        });
        assert!(is_ended.await, "100 000 {what} frames were taken");
    }
}

#[tokio::test]
async fn sr_63_empty_frames_of_a_body_that_never_ends_end_the_connection() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let mut connection = attacker(&server, &[]).await;
    let is_ended = withstood(&server, async {
        connection.send(frame(FrameKind::Headers, END_HEADERS, 1, &head("POST", "/length", &[]))).await;
        let is_ended = flood(&mut connection, 1_000_000, |_| frame(FrameKind::Data, 0, 1, &[])).await;
        connection.end().await;
        is_ended
    });
    assert!(is_ended.await, "a million frames were taken");
}

#[tokio::test]
async fn sr_63_a_client_that_opens_no_window_is_sent_away_though_it_sends_pings() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let bea = server.visitor();
    bea.get("/grow?bytes=900000").await.assert_status(200);
    let cookie = format!("session={}", bea.cookie("session").expect("a cookie"));
    let mut connection = attacker(&server, &[(INITIAL_WINDOW, 0)]).await;
    withstood(&server, async {
        for number in 0..100 {
            let head = head("GET", "/all", &[("cookie", &cookie)]);
            connection.send(frame(FrameKind::Headers, END_HEADERS | END_STREAM, stream(number), &head)).await;
        }
        let ping = frame(FrameKind::Ping, 0, 0, b"are you?");
        let pings = async {
            while connection.send(&ping).await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        within("the end of the connection", pings).await;
    })
    .await;
}

#[tokio::test]
async fn sr_63_a_client_that_takes_a_byte_of_each_page_is_sent_away_though_it_asks_for_more() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let mut connection = attacker(&server, &[(INITIAL_WINDOW, 1)]).await;
    withstood(&server, async {
        let mut number = 0;
        let requests = async {
            while connection
                .send(frame(FrameKind::Headers, END_HEADERS | END_STREAM, stream(number), &head("GET", "/user", &[])))
                .await
            {
                number += 1;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        within("the end of the connection", requests).await;
    })
    .await;
}

#[tokio::test]
async fn sr_63_pings_and_settings_without_end_keep_nobody_else_waiting() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let settings = frame(FrameKind::Settings, 0, 0, &[0, 3, 0, 0, 0, 100].repeat(10));
    let ping = frame(FrameKind::Ping, 0, 0, b"are you?");
    for part in [&ping, &settings] {
        let mut connection = attacker(&server, &[]).await;
        // Nobody reads what it answers.
        let is_ended = withstood(&server, async {
            let is_ended = flood(&mut connection, 20_000_000, |_| part.clone()).await;
            connection.end().await;
            is_ended
        });
        assert!(is_ended.await, "20 million were taken");
    }
}

#[tokio::test]
async fn sr_63_window_updates_and_priorities_without_end_keep_nobody_else_waiting() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let update = frame(FrameKind::WindowUpdate, 0, 0, &1_u32.to_be_bytes());
    let unknown = [0, 0, 1, 99, 0, 0, 0, 0, 1, 0].to_vec();
    let priority = frame(FrameKind::Priority, 0, 1, &[0, 0, 0, 3, 1]);
    for part in [&update, &unknown, &priority] {
        let mut connection = attacker(&server, &[]).await;
        withstood(&server, async {
            flood(&mut connection, 300_000, |_| part.clone()).await;
            // If it may do that, then no longer than it may be idle.
            connection.end().await;
        })
        .await;
    }
}

#[tokio::test]
async fn sr_63_a_list_of_headers_that_is_too_large_is_refused() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let many = vec![("x", "y"); 600];
    let one = "y".repeat(16_300);
    for (what, more) in [("many", many.as_slice()), ("one", &[("x", one.as_str())])] {
        let mut connection = attacker(&server, &[]).await;
        let block = head("GET", "/count", more);
        let (first, rest) = block.split_at(block.len().min(10_000));
        let flags = if rest.is_empty() { END_HEADERS | END_STREAM } else { END_STREAM };
        connection.send(frame(FrameKind::Headers, flags, 1, first)).await;
        if !rest.is_empty() {
            connection.send(frame(FrameKind::Continuation, END_HEADERS, 1, rest)).await;
        }
        assert_eq!(connection.outcome(1).await, Outcome::Status(431), "{what}");
    }
}

#[tokio::test]
async fn sr_63_a_small_head_that_unpacks_to_a_large_one_is_refused() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let mut connection = attacker(&server, &[]).await;
    // An entry of almost 4 KiB in the table, and then 12 000 references to it, with every request.
    let first = [head("GET", "/look", &[]), with_entry("x", &"y".repeat(4_000))].concat();
    let bomb = [head("GET", "/look", &[]), indexed(62).repeat(12_000)].concat();
    let refused = withstood(&server, async {
        connection.send(frame(FrameKind::Headers, END_HEADERS | END_STREAM, 1, &first)).await;
        assert_eq!(connection.outcome(1).await, Outcome::Status(200));
        let mut refused = 0;
        for number in 1..300 {
            if !connection.send(frame(FrameKind::Headers, END_HEADERS | END_STREAM, stream(number), &bomb)).await {
                break;
            }
            refused += 1;
        }
        drop(connection);
        refused
    });
    assert!(refused.await > 0);
    let mut connection = attacker(&server, &[]).await;
    connection.send(frame(FrameKind::Headers, END_HEADERS | END_STREAM, 1, &first)).await;
    connection.outcome(1).await;
    connection.send(frame(FrameKind::Headers, END_HEADERS | END_STREAM, 3, &bomb)).await;
    let outcome = connection.outcome(3).await;
    assert!(!matches!(outcome, Outcome::Status(..400)), "{outcome:?}");
}
