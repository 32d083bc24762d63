//! Methods on the wire: those that nobody serves, and those that pretend to be others.

use salon_tests::{AppFolder, RawConnection, Server};

#[tokio::test]
async fn sr_71_a_response_to_head_has_no_byte_of_a_body() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    for path in ["/count", "/fail", "/nowhere", "/large?number=1", "/quiet-events", "/flash/shown"] {
        let mut connection = RawConnection::open(server.address()).await;
        connection
            .send(format!("HEAD {path} HTTP/1.1\r\nhost: x\r\n\r\nGET /markers HTTP/1.1\r\nhost: x\r\n\r\n"))
            .await;
        let head = connection.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 "), "{path}: {head}");
        let next = connection.until("\r\n\r\n").await;
        assert!(next.starts_with("HTTP/1.1 200"), "{path}: {next}");
        connection.until("[]").await;
    }
}

#[tokio::test]
async fn sr_71_no_method_opens_a_tunnel_and_a_request_for_the_server_itself_touches_no_session() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SESSION_DRIVER", "ledger")]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let before = ada.get("/ledger").await.text();
    let cookie = format!("host: x\r\ncookie: session={}", ada.cookie("session").expect("a cookie"));
    for (request, statuses) in [
        ("CONNECT x:80 HTTP/1.1", [400, 405, 421, 501]),
        ("OPTIONS * HTTP/1.1", [200, 204, 404, 405]),
        ("GET * HTTP/1.1", [400, 404, 405, 501]),
        ("TRACE /count HTTP/1.1", [405, 405, 405, 501]),
        ("TRACK /count HTTP/1.1", [405, 405, 405, 501]),
        ("PUT /count HTTP/1.1", [405, 405, 405, 501]),
        ("get /count HTTP/1.1", [405, 405, 405, 501]),
        ("GETX /count HTTP/1.1", [405, 405, 405, 501]),
    ] {
        let mut connection = RawConnection::open(server.address()).await;
        connection.send(format!("{request}\r\n{cookie}\r\n\r\n")).await;
        let head = connection.until("\r\n\r\n").await;
        let status = head.get(9..12).and_then(|status| status.parse::<u16>().ok()).expect("a status");
        assert!(statuses.contains(&status), "{request}: {head}");
        assert!(!head.contains("set-cookie"), "{request}: {head}");
    }
    assert_eq!(ada.get("/ledger").await.text(), before, "the store was not asked");
}

#[tokio::test]
async fn sr_34_a_get_never_becomes_another_method() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    for method in ["POST", "PUT", "DELETE", "post"] {
        let page = ada.get(&format!("/form?_method={method}&_token=x")).await;
        page.assert_status(200).assert_dont_see("accepted");
        for header in ["x-http-method-override", "x-http-method", "x-method-override", "x-original-method"] {
            ada.get_with("/form", &[(header, method)]).await.assert_status(200).assert_dont_see("accepted");
        }
    }
}

#[tokio::test]
async fn sr_34_no_way_to_name_a_method_in_a_body_or_a_field_gets_around_the_token() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/form").await.assert_status(200);
    let cookie = format!("session={}", ada.cookie("session").expect("a form begins a session"));
    let multipart = "--b\r\ncontent-disposition: form-data; name=\"_method\"\r\n\r\nGET\r\n--b--\r\n";
    for (kind, body) in [
        ("application/json", r#"{"_method":"GET"}"#),
        ("application/x-www-form-urlencoded", "_method=GET&_method=POST"),
        ("text/plain", "_method=GET"),
        ("multipart/form-data; boundary=b", multipart),
    ] {
        for field in
            ["", "x-http-method-override: GET\r\n", "x-http-method-override: OPTIONS\r\nx-http-method: GET\r\n"]
        {
            let mut connection = RawConnection::open(server.address()).await;
            let head = format!(
                "POST /form?_method=GET HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\ncontent-type: {kind}\r\n{field}content-length: {}",
                body.len()
            );
            connection.send(format!("{head}\r\n\r\n{body}")).await;
            let answer = connection.until("\r\n\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 419"), "{kind}, {field}: {answer}");
        }
    }
}
