//! Behind nginx, which forwards over connections that it keeps open, and refuses the marker itself.

use salon_tests::{AppFolder, RawConnection, Server, servers::Nginx};
use tokio::task::JoinSet;

use super::corpus::{self, Ambiguous, marker};

/// Limits of nginx and of the app, so that connections on which one of them waits for more end soon.
const LIMITS: [(&str, &str); 4] = [
    ("SERVER_HEADER_TIMEOUT", "8"),
    ("SERVER_IDLE_TIMEOUT", "8"),
    ("SERVER_TRANSFER_TIMEOUT", "8"),
    ("LOGGING_LEVEL", "info"),
];
const SETTINGS: &str = "client_header_timeout 4s;\nclient_body_timeout 4s;\nkeepalive_timeout 4s;\n\
                        client_max_body_size 20m;\nproxy_http_version 1.1;\nproxy_set_header Connection \"\";\n\
                        location /marker { return 403; }\n";

async fn send_to(nginx: &Nginx, requests: Vec<Ambiguous>) {
    for part in requests.chunks(64) {
        let mut sending = JoinSet::new();
        for request in part.iter().cloned() {
            let address = nginx.address();
            sending.spawn(async move {
                let mut connection = RawConnection::open(address).await;
                connection.send(&request.bytes).await;
                let answer = connection.text_until_closed().await;
                assert!(!answer.contains("the marker was handled"), "{request:?}: {answer}");
            });
        }
        sending.join_all().await;
    }
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx-light")]
async fn sr_64_behind_nginx_no_request_gets_past_its_rules_in_another() {
    let folder = AppFolder::new();
    let app = Server::probe(&folder, &LIMITS).await;
    for buffering in ["", "proxy_request_buffering off;"] {
        let nginx = Nginx::before(&[app.address()], "keepalive 8;", &format!("{SETTINGS}{buffering}"));
        let direct = salon_tests::Visitor::new(nginx.address()).get("/marker").await;
        direct.assert_status(403);
        let mut requests = [corpus::heads(), corpus::chunks(), corpus::unread()].concat();
        for fields in [
            "content-length: {all}\r\ntransfer-encoding: chunked",
            "transfer-encoding: chunked\r\ncontent-length: {all}",
            "x: y\ntransfer-encoding: chunked\r\ncontent-length: {all}",
            "x: y\ncontent-length: {all}",
            "content_length: {all}",
            "transfer_encoding: chunked",
            "transfer-encoding:\tchunked",
            "expect: 100-continue\r\ncontent-length: {all}",
        ] {
            let head = format!("POST /length HTTP/1.1\r\nhost: x\r\n{fields}\r\n\r\n");
            requests.extend(corpus::with_continuations(&head, requests.len()));
        }
        send_to(&nginx, requests).await;
        app.visitor().get("/markers").await.assert_status(200).assert_see("[]");
        // Its connections to the app still lead to the answers of the requests that are sent.
        let ada = salon_tests::Visitor::new(nginx.address());
        for expected in 1..20 {
            ada.get("/count").await.assert_status(200).assert_see(&expected.to_string());
        }
    }
    // The app handles a marker that reaches it.
    let mut connection = RawConnection::open(app.address()).await;
    connection.send(marker(1)).await;
    connection.until("the marker was handled").await;
}
