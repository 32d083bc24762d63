//! HTTP/2: heads that a proxy could turn into two requests of HTTP/1.

use salon_tests::{
    AppFolder, Server,
    http2::{END_HEADERS, END_STREAM, FrameKind, Http2Connection, Outcome, fields, frame},
};

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fn field(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.into(), value.into())
}

/// The head of a request for the marker, with these fields after it.
fn head(method: &str, path: &str, more: &[(&str, &str)]) -> Fields {
    let own = [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path)];
    own.iter().chain(more).map(|(name, value)| field(name, value)).collect()
}

async fn outcome(server: &Server, head: &Fields, data: &[&[u8]]) -> Outcome {
    let mut connection = Http2Connection::open(server.address(), &[]).await;
    let flags = if data.is_empty() { END_HEADERS | END_STREAM } else { END_HEADERS };
    let mut frames = frame(FrameKind::Headers, flags, 1, &fields(head));
    for (number, part) in data.iter().enumerate() {
        let flags = if number + 1 == data.len() { END_STREAM } else { 0 };
        frames.extend(frame(FrameKind::Data, flags, 1, part));
    }
    connection.send(frames).await;
    connection.outcome(1).await
}

#[tokio::test]
async fn sr_64_over_http_2_no_field_hides_another_request() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let second = "a\r\n\r\nGET /marker HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut heads: Vec<Fields> = Vec::new();
    for more in [
        ("connection", "close"),
        ("connection", "x"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("te", "gzip"),
        ("x", second),
        ("x", "a\rb"),
        ("x", "a\nb"),
        ("x", "a\0b"),
        ("x\r\ny", "a"),
        ("x: a\r\ny", "b"),
        ("x y", "a"),
        ("X", "a"),
        ("x:", "a"),
        ("", "a"),
        ("host", "y"),
        ("cookie", "a=b\r\ntransfer-encoding: chunked"),
        ("content-length", "-1"),
        ("content-length", "1, 1"),
        (":path", "/look"),
        (":status", "200"),
        (":protocol", "websocket"),
        (":unknown", "a"),
    ] {
        heads.push(head("GET", "/marker", &[more]));
    }
    for (method, path) in [
        ("GET /marker HTTP/1.1\r\nhost: x\r\n\r\nGET", "/marker"),
        ("GET\r\n", "/marker"),
        ("G ET", "/marker"),
        ("", "/marker"),
        ("GET", "/marker HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("GET", "/marker\r\n"),
        ("GET", "/marker\0"),
        ("GET", "/marker a"),
        ("GET", ""),
    ] {
        heads.push(head(method, path, &[]));
    }
    for authority in ["", "x\r\ny: z", "x/marker", "u@x", "x y", "x\0"] {
        let mut head = head("GET", "/marker", &[]);
        head[2] = field(":authority", authority);
        heads.push(head);
    }
    for missing in [0, 1, 2, 3] {
        let mut head = head("GET", "/marker", &[]);
        head.remove(missing);
        heads.push(head);
    }
    // A pseudo-header after a field.
    let mut late = head("GET", "/marker", &[("x", "y")]);
    late.swap(3, 4);
    heads.push(late);
    for head in &heads {
        let outcome = outcome(&server, head, &[]).await;
        let is_refused = !matches!(outcome, Outcome::Status(..400 | 500..));
        let shown: Vec<_> = head.iter().map(|(name, value)| (name.escape_ascii(), value.escape_ascii())).collect();
        let shown: Vec<_> = shown.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert!(is_refused, "{outcome:?} for {shown:?}");
        assert_eq!(server.visitor().get("/markers").await.text(), "[]", "{outcome:?} for {shown:?}");
    }
    // What is right is handled.
    assert_eq!(outcome(&server, &head("GET", "/marker?right", &[("host", "x")]), &[]).await, Outcome::Status(200));
    assert_eq!(outcome(&server, &head("GET", "/marker?te", &[("te", "trailers")]), &[]).await, Outcome::Status(200));
    server.visitor().get("/markers").await.assert_see(r#"["right","te"]"#);
}

#[tokio::test]
async fn sr_64_over_http_2_a_length_that_is_not_that_of_the_body_is_refused() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let post = |length: &str| head("POST", "/length", &[("content-length", length)]);
    assert_eq!(outcome(&server, &post("5"), &[b"he", b"", b"llo"]).await, Outcome::Status(200));
    for (length, data) in [
        ("4", &[b"hello".as_slice()][..]),
        ("4", &[b"hell", b"o"]),
        ("6", &[b"hello"]),
        ("0", &[b"hello"]),
        ("18446744073709551616", &[b"hello"]),
        ("5", &[]),
    ] {
        let outcome = outcome(&server, &post(length), data).await;
        assert!(!matches!(outcome, Outcome::Status(..400 | 500..)), "{outcome:?} for {length} and {data:?}");
    }
    let twice = head("POST", "/length", &[("content-length", "5"), ("content-length", "4")]);
    let outcome = outcome(&server, &twice, &[b"hello"]).await;
    assert!(!matches!(outcome, Outcome::Status(..400 | 500..)), "{outcome:?}");
}
