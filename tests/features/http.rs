//! The HTTP layer: methods, compression, files, protocol versions, limits.

use std::io::Read;

use salon_tests::{AppFolder, Connection, Gate, Method, Request, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn get(path: &str) -> Request<bytes::Bytes> {
    Request::get(path).body(bytes::Bytes::new()).expect("a request")
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    let (get, head) = (ada.get("/robots.txt").await, ada.ask(Method::HEAD, "/robots.txt").await);
    head.assert_status(200);
    assert!(head.body.is_empty());
    for header in ["content-type", "content-length", "etag"] {
        assert_eq!(head.header(header), get.header(header), "{header}");
    }
    let page = ada.ask(Method::HEAD, "/guestbook").await;
    page.assert_status(200);
    assert!(page.body.is_empty());
}

#[tokio::test]
async fn options_says_what_is_possible_and_another_method_is_a_405() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    let options = ada.ask(Method::OPTIONS, "/guestbook").await;
    options.assert_status(204).assert_no_cookie();
    assert_eq!(options.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    let refused = ada.ask(Method::DELETE, "/guestbook").await;
    refused.assert_status(405);
    assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
}

#[tokio::test]
async fn an_unknown_page_is_a_404_for_people_and_for_programs() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    let page = ada.get("/nowhere").await;
    page.assert_status(404).assert_see("There is no such page");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let json = ada.get_with("/nowhere", &[("accept", "application/json")]).await;
    json.assert_status(404);
    assert_eq!(json.header("content-type"), Some("application/json"));
    assert!(json.json().is_object());
}

#[tokio::test]
async fn pages_are_compressed_for_who_can_read_it() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let plain = server.visitor().get("/css/app.css").await;
    assert_eq!(plain.header("content-encoding"), None);
    let packed = server.visitor().get_with("/css/app.css", &[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < plain.body.len() / 2);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*packed.body).read_to_end(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.body);
    assert_ne!(packed.header("etag"), plain.header("etag"), "other bytes have another ETag");
    assert!(packed.header("etag").is_some_and(|tag| tag.starts_with("W/")));
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    let first = ada.get("/css/app.css").await;
    first.assert_status(200);
    assert_eq!(first.header("content-type"), Some("text/css"));
    let (modified, etag) = (first.header("last-modified"), first.header("etag"));
    let known = [("if-modified-since", modified), ("if-none-match", etag)];
    let known: Vec<(&str, &str)> = known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    assert!(!known.is_empty(), "{:?}", first.headers);
    for condition in known {
        let second = ada.get_with("/css/app.css", &[condition]).await;
        second.assert_status(304);
        assert!(second.body.is_empty());
    }
}

#[tokio::test]
async fn a_page_names_its_files_by_their_content_and_only_that_version_is_kept() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    let page = ada.get("/").await;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let (_, rest) = text.split_once("/css/app.css?v=").expect("the style sheet");
    let version: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    let current = ada.get(&format!("/css/app.css?v={version}")).await;
    assert_eq!(current.assert_status(200).header("cache-control"), Some("public, max-age=31536000, immutable"));
    let other = ada.get("/css/app.css?v=1").await;
    assert_eq!(other.assert_status(200).header("cache-control"), Some("no-cache"));
}

#[tokio::test]
async fn no_path_leads_out_of_the_public_folder() {
    let folder = AppFolder::new();
    folder.write(".env", "APP_NAME=Hidden\n");
    folder.write("resources/public/.env", "APP_NAME=Hidden\n");
    let server = Server::app(&folder, &[]).await;
    for path in [
        "/.env",
        "/../.env",
        "/%2e%2e/.env",
        "/..%2f..%2f.env",
        "/..%5c..%5c.env",
        "/css/../../../.env",
        "/css/%2e%2e/%2e%2e/%2e%2e/.env",
    ] {
        let answer = server.visitor().get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        answer.assert_dont_see("Hidden\n");
    }
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let mut connection = Connection::http1(server.address()).await;
    for path in ["/api/health", "/nowhere", "/", "/css/app.css", "/api/health"] {
        let answer = connection.send(get(path)).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn http_2_is_spoken_to_who_begins_with_it() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[]).await;
    let mut connection = Connection::http2(server.address()).await;
    let first = connection.send(get("/count")).await;
    first.assert_status(200).assert_see("1");
    assert_eq!(format!("{:?}", first.version), "HTTP/2.0");
    let cookie = first.cookies().concat();
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let mut second = get("/count");
    second.headers_mut().insert("cookie", cookie.parse().expect("a header"));
    connection.send(second).await.assert_see("2");
    drop(gate);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let post = |kilobytes: usize| {
        let text = format!("\"{}\"", "x".repeat(kilobytes * 1024 - 2));
        Request::post("/json").header("content-type", "application/json").body(text.into()).expect("a request")
    };
    server.visitor().send(post(2048)).await.assert_status(200);
    assert_eq!(status_of_announced(&server, "/json", "content-type: application/json", 2049 << 10).await, "413");
    let app = Server::app(&folder, &[]).await;
    let ada = app.visitor();
    ada.get("/guestbook").await.assert_status(200);
    let cookie = ada.cookie("session").expect("a form begins a session");
    let headers = format!("content-type: application/x-www-form-urlencoded\r\ncookie: session={cookie}");
    assert_eq!(status_of_announced(&app, "/guestbook", &headers, 3 << 20).await, "413");
}

/// Returns the status of the response to a request of which only the head is sent. A client that sends a body which the
/// server does not read may get a broken pipe instead of the response.
async fn status_of_announced(server: &Server, path: &str, headers: &str, length: usize) -> String {
    let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\ncontent-length: {length}\r\n\r\n", server.address());
    stream.write_all(head.as_bytes()).await.expect("the head can be sent");
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.expect("a status line");
    String::from_utf8_lossy(&start[9..]).into_owned()
}

#[tokio::test]
async fn what_is_no_json_is_refused_with_a_reason() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    for (kind, body, status) in
        [("application/json", "{", 400), ("text/plain", "{}", 415), ("application/json", "[1]", 200)]
    {
        let request = Request::post("/json").header("content-type", kind).body(body.into()).expect("a request");
        server.visitor().send(request).await.assert_status(status);
    }
}

#[tokio::test]
async fn the_throttle_says_when_to_come_back() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let mut last = server.visitor().get("/api/health").await;
    for _ in 0..60 {
        last = server.visitor().get("/api/health").await;
    }
    last.assert_status(429);
    assert!(last.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{:?}", last.headers);
}

#[tokio::test]
async fn sr_66_the_debug_page_is_for_developers_only() {
    let folder = AppFolder::new();
    folder.replace("resources/views/home.html", "{{ visits }}", "{{ vists }}");
    let private = Server::app(&folder, &[("APP_ENV", "development"), ("APP_DEBUG", "true")]).await;
    private.visitor().get("/").await.assert_status(500).assert_see("home.html").assert_see("vists");
    let with = |name: &str| Request::get("/").header(name, "hunter2").body(bytes::Bytes::new()).expect("a request");
    let secret = private.visitor().send(with("x-internal-key")).await;
    secret.assert_status(500).assert_see("x-internal-key").assert_dont_see("hunter2");
    for forwarded in ["x-forwarded-for", "forwarded"] {
        let page = private.visitor().send(with(forwarded)).await;
        page.assert_status(500).assert_see("Something went wrong").assert_dont_see("vists");
    }
    let public = Server::app(&folder, &[]).await;
    let page = public.visitor().get("/").await;
    page.assert_status(500).assert_see("Something went wrong").assert_dont_see("home.html").assert_dont_see("vists");
    public.process().complaint("vists").await;
}

#[tokio::test]
async fn a_changed_template_shows_on_the_next_request_in_development() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[("APP_ENV", "development")]).await;
    server.visitor().get("/").await.assert_see("What just happened");
    folder.replace("resources/views/home.html", "What just happened", "What has changed");
    server.visitor().get("/").await.assert_see("What has changed");
}
