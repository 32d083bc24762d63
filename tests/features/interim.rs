//! What is sent before and after a response or a body: interim responses and trailers.

use salon_tests::{AppFolder, RawConnection, Server};

#[tokio::test]
async fn f_38_the_cookie_is_on_the_final_head_only() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let mut connection = RawConnection::open(server.address()).await;
    let head = "POST /received HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    connection.send(head).await;
    assert_eq!(connection.until("\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send("hello").await;
    let answer = connection.until("\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(answer.matches("set-cookie: session=").count(), 1, "{answer}");
    connection.until("1: hello").await;
}

#[tokio::test]
async fn f_38_who_is_refused_is_not_asked_for_the_body() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let long = "content-length: 3000000";
    for (path, field, status) in [("/form", "content-length: 5", 419), ("/nowhere", long, 404), ("/length", long, 413)]
    {
        let mut connection = RawConnection::open(server.address()).await;
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n{field}\r\n\r\n");
        connection.send(head).await;
        let answer = connection.until("\r\n\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(!answer.contains("set-cookie"), "{answer}");
    }
}

#[tokio::test]
async fn f_38_a_cookie_in_a_trailer_is_none() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let cookie = ada.cookie("session").expect("a cookie");
    let mut connection = RawConnection::open(server.address()).await;
    let head = "POST /received HTTP/1.1\r\nhost: x\r\ntrailer: cookie\r\ntransfer-encoding: chunked\r\n\r\n";
    connection.send(format!("{head}5\r\nhello\r\n0\r\ncookie: session={cookie}\r\n\r\n")).await;
    connection.until("1: hello").await;
    ada.get("/count").await.assert_see("2");
}
