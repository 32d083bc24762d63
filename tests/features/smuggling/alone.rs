//! The server alone.

use salon_tests::{AppFolder, RawConnection, Server};
use tokio::task::JoinSet;

use super::corpus::{self, Ambiguous, marker};

/// So that connections on which the server waits for more end soon.
const LIMITS: [(&str, &str); 4] = [
    ("SERVER_HEADER_TIMEOUT", "5"),
    ("SERVER_IDLE_TIMEOUT", "5"),
    ("SERVER_TRANSFER_TIMEOUT", "5"),
    ("LOGGING_LEVEL", "info"),
];

/// How many of them are sent at the same time.
const AT_ONCE: usize = 64;

/// Sends each of them on a connection of its own. Returns all that the server sent, for each of them.
async fn answers(server: &Server, requests: Vec<Ambiguous>) -> Vec<(Ambiguous, String)> {
    let (address, mut answers) = (server.address(), Vec::new());
    for part in requests.chunks(AT_ONCE) {
        let mut sending = JoinSet::new();
        for request in part.iter().cloned() {
            sending.spawn(async move {
                let mut connection = RawConnection::open(address).await;
                connection.send(&request.bytes).await;
                let answer = connection.text_until_closed().await;
                (request, answer)
            });
        }
        answers.extend(sending.join_all().await);
    }
    answers
}

/// Asserts that none of them is answered twice, and that no marker was handled.
async fn assert_not_smuggled(server: &Server, answers: &[(Ambiguous, String)]) {
    let is_twice = |answer: &str| answer.matches("HTTP/1.").count() > 1 || answer.contains("the marker");
    let twice: Vec<_> = answers.iter().filter(|(_, answer)| is_twice(answer)).collect();
    assert!(twice.is_empty(), "answered twice: {twice:#?}");
    server.visitor().get("/markers").await.assert_status(200).assert_see("[]");
}

fn is_refused(answer: &str) -> bool {
    let status = answer.get(9..12).and_then(|status| status.parse::<u16>().ok()).unwrap_or_default();
    answer.starts_with("HTTP/1.") && ((400..500).contains(&status) || status == 501 || status == 505)
}

#[tokio::test]
async fn sr_64_a_second_request_after_one_that_is_unambiguous_is_handled() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let body = marker(999);
    let first = format!("POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let mut connection = RawConnection::open(server.address()).await;
    connection.send(format!("{first}{}\r\n{}", marker(1), marker(2))).await;
    let answer = connection.text_until_closed().await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 3, "{answer}");
    assert!(answer.contains(&format!("{} bytes", body.len())), "{answer}");
    let chunked = format!("{:x};ext=\"a\"\r\n{body}\r\n0\r\nx: y\r\n\r\n", body.len());
    let mut connection = RawConnection::open(server.address()).await;
    connection.send(format!("POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: Chunked\r\n\r\n{chunked}")).await;
    assert!(connection.until(" bytes").await.contains(&body.len().to_string()));
    assert_eq!(server.visitor().get("/markers").await.json(), serde_json::json!(["1", "2"]));
}

#[tokio::test]
async fn sr_64_a_head_that_two_servers_could_read_differently_is_refused_and_nothing_after_it_is_handled() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let answers = answers(&server, corpus::heads()).await;
    let accepted: Vec<_> = answers.iter().filter(|(_, answer)| !is_refused(answer)).collect();
    assert!(accepted.is_empty(), "not refused: {accepted:#?}");
    assert_not_smuggled(&server, &answers).await;
}

#[tokio::test]
async fn sr_64_a_length_beside_chunked_hides_no_request() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let mut requests = Vec::new();
    for fields in [
        "content-length: {all}\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: {all}",
        "transfer-encoding: chunked\r\ncontent-length: 0",
        "transfer-encoding: chunked\r\ncontent-length: x",
        "content-length: 0\r\ntransfer-encoding: chunked\r\ncontent-length: {all}",
    ] {
        let head = format!("POST /length HTTP/1.1\r\nhost: x\r\n{fields}\r\n\r\n");
        requests.extend(corpus::with_continuations(&head, requests.len()));
    }
    assert_not_smuggled(&server, &answers(&server, requests).await).await;
}

#[tokio::test]
#[ignore = "hyper takes a line feed alone for the end of a line, as RFC 9112, section 2.2, permits"]
async fn sr_64_a_line_that_ends_with_a_line_feed_alone_hides_no_request() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let mut requests = Vec::new();
    for head in [
        "POST /length HTTP/1.1\nhost: x\r\ncontent-length: 0\r\n\r\n",
        "POST /length HTTP/1.1\r\nhost: x\r\nx: y\ncontent-length: 0\r\n\r\n",
        "POST /length HTTP/1.1\r\nhost: x\r\nx: y\ntransfer-encoding: chunked\r\n\r\n",
        "GET /look HTTP/1.1\r\nhost: x\r\nx: y\n\n",
        "GET /look HTTP/1.1\r\nhost: x\r\nx: y\n\r\n",
        "GET /look HTTP/1.1\r\nhost: x\r\nx: y\r\n\n",
    ] {
        requests.extend(corpus::with_continuations(head, requests.len()));
    }
    assert_not_smuggled(&server, &answers(&server, requests).await).await;
}

#[tokio::test]
async fn sr_64_a_chunked_body_that_is_broken_is_refused_and_nothing_after_it_is_handled() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let answers = answers(&server, corpus::chunks()).await;
    // hyper takes what follows a line feed there for trailers that nobody reads.
    let is_lenient = |request: &Ambiguous| request.what == r"0\r\n\n";
    let is_accepted = |(request, answer): &&(Ambiguous, String)| !is_refused(answer) && !is_lenient(request);
    let accepted: Vec<_> = answers.iter().filter(is_accepted).collect();
    assert!(accepted.is_empty(), "not refused: {accepted:#?}");
    assert_not_smuggled(&server, &answers).await;
}

#[tokio::test]
async fn sr_64_spaces_and_tabs_around_a_coding_change_nothing_about_it() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let mut requests = Vec::new();
    for field in ["transfer-encoding:\tchunked", "transfer-encoding: \t chunked\t ", "transfer-encoding:chunked"] {
        let head = format!("POST /length HTTP/1.1\r\nhost: x\r\n{field}\r\n\r\n");
        let mut all = corpus::with_continuations(&head, requests.len());
        // Unambiguous: an empty chunked body, and then another request.
        all.remove(1);
        // What comes after the last chunk is another request.
        let end = all[1].bytes.len() - marker(requests.len()).len();
        all[1].bytes.truncate(end);
        requests.extend(all);
    }
    assert_not_smuggled(&server, &answers(&server, requests).await).await;
}

#[tokio::test]
async fn sr_64_a_body_that_nobody_reads_is_not_the_next_request() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &LIMITS).await;
    let answers = answers(&server, corpus::unread()).await;
    let unanswered: Vec<_> = answers.iter().filter(|(_, answer)| !answer.starts_with("HTTP/1.1 ")).collect();
    assert!(unanswered.is_empty(), "{unanswered:#?}");
    let own = |answer: &str| answer.replacen("HTTP/1.1 100 Continue\r\n\r\n", "", 1);
    let answers: Vec<_> = answers.iter().map(|(request, answer)| (request.clone(), own(answer))).collect();
    assert_not_smuggled(&server, &answers).await;
}
