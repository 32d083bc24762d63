//! No secret gets into the log, however much is logged.
//!
//! Everything that a server of any test prints is searched for every id, token and key that was issued: see
//! `salon_tests::assert_no_secret`. This file covers what the other tests do not, and checks that the search finds
//! secrets.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use salon_tests::{AppFolder, Connection, Gate, Method, Request, Server, assert_no_secret};

const KEY: [u8; 32] = *b"\xf3 key of the tests, thirty-two b";

fn environment<'a>(key: &'a str, format: &'a str) -> [(&'a str, &'a str); 4] {
    [("LOGGING_FORMAT", format), ("APP_KEY", key), ("SESSION_ENCRYPT", "true"), ("SESSION_REGENERATE_GRACE", "0")]
}

#[tokio::test]
async fn sr_67_no_id_no_token_and_no_key_is_ever_logged() {
    let key = format!("base64:{}", BASE64_STANDARD.encode(KEY));
    for format in ["text", "json"] {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &environment(&key, format)).await;
        let ada = server.visitor();
        for path in ["/count", "/flash", "/panic", "/fail", "/page", "/regenerate", "/login", "/count", "/form/login"] {
            let before = ada.copy();
            ada.get(path).await;
            // An old id, in some cases.
            before.get("/count").await;
        }
        let token = ada.get("/form").await.text();
        for sent in [token.as_str(), "wrong"] {
            ada.post("/form", &[("_token", sent)]).await;
            ada.post_with("/form", &[("x", "y")], &[("x-csrf-token", sent)]).await;
        }
        assert!(ada.get("/by-hand").await.header("x-session").is_some());

        // Ambiguous, planted, damaged.
        let bea = server.visitor();
        bea.get("/count").await;
        let [a, b] = [&ada, &bea].map(|visitor| visitor.cookie("session").expect("a cookie"));
        server.visitor().get_with("/count", &[("cookie", &format!("session={a}; session={b}"))]).await;
        for file in folder.session_files() {
            let mut bytes = std::fs::read(&file).expect("a file");
            *bytes.last_mut().expect("it is not empty") ^= 1;
            std::fs::write(file, bytes).expect("a file");
        }
        for visitor in [&ada, &bea] {
            visitor.get("/count").await;
        }

        // Ended while a request is running; and the store fails during one.
        let (tab, path) = (ada.copy(), format!("/put?key=late&{}", gate.query()));
        let slow = tokio::spawn(async move { tab.get(&path).await });
        let handler = gate.arrival().await;
        ada.get("/logout").await;
        handler.go_on().await;
        slow.await.expect("an answer");
        let aside = folder.path().join("aside");
        std::fs::rename(folder.sessions(), &aside).expect("a folder");
        std::fs::write(folder.sessions(), "in the way").expect("a file");
        bea.get("/count").await.assert_status(503);
        std::fs::remove_file(folder.sessions()).expect("a file");
        std::fs::rename(&aside, folder.sessions()).expect("a folder");

        // And over HTTP/2.
        let mut connection = Connection::http2(server.address()).await;
        let mut cookie = String::new();
        for method in [Method::GET, Method::GET, Method::POST] {
            let mut request = Request::builder().method(method).uri("/pair?value=1");
            if !cookie.is_empty() {
                request = request.header("cookie", &cookie).header("x-csrf-token", &token);
            }
            let answer = connection.send(request.body(Bytes::new()).expect("a request")).await;
            if let Some(new) = answer.cookies().first() {
                cookie = new.split(';').next().unwrap_or_default().to_owned();
            }
        }
        let ended = server.stop().await;
        for event in [
            "cannot be read",
            "gave up",
            "the session ended",
            "several different session cookies",
            "was renewed longer ago",
        ] {
            assert!(ended.stderr.contains(event), "the scenario must produce {event:?}: {}", ended.stderr);
        }
        assert!(ended.assert_success().stderr.contains("TRACE"), "everything is logged");
    }
}

#[tokio::test]
async fn sr_67_the_template_app_logs_no_secret_either() {
    let key = format!("base64:{}", BASE64_STANDARD.encode(KEY));
    let folder = AppFolder::new();
    let environment = [&environment(&key, "text")[..], &[("APP_ENV", "development")]].concat();
    let server = Server::app(&folder, &environment).await;
    let ada = server.visitor();
    for path in ["/", "/guestbook", "/flash", "/nowhere"] {
        ada.get(path).await;
    }
    let page = ada.get("/guestbook").await.text();
    let masked =
        page.split("name=\"_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    for (token, name) in [(masked, "Ada"), (masked, ""), ("wrong", "Eve")] {
        let form = [("_token", token), ("name", name), ("message", "Hello there")];
        ada.post("/guestbook", &form).await;
    }
    ada.get("/guestbook").await;
    ada.post("/forget", &[("_token", masked)]).await.assert_status(303);
    folder.replace("resources/views/home.html", "{{ visits }}", "{{ vists }}");
    ada.get("/").await.assert_status(500);
    let ended = server.stop().await;
    for event in ["answered", "vists", "status=419"] {
        assert!(ended.stderr.contains(event), "the scenario must produce {event:?}: {}", ended.stderr);
    }
    ended.assert_success();
}

#[tokio::test]
async fn the_search_finds_a_secret_in_every_form_that_it_may_be_printed_in() {
    for form in ["text", "header", "base64", "address", "hex", "HEX", "list", "list of characters", "token", "nothing"]
    {
        let folder = AppFolder::new();
        let server = Server::probe(&folder, &[]).await;
        let ada = server.visitor();
        ada.get("/count").await;
        let path =
            if form == "token" { "/leak/token".to_owned() } else { format!("/leak?form={}", form.replace(' ', "%20")) };
        ada.get(&path).await.assert_status(200);
        let searched = tokio::spawn(async move { server.stop().await.assert_success().stderr.clone() }).await;
        assert_eq!(searched.is_err(), form != "nothing", "{form}");
    }
}

#[tokio::test]
#[should_panic(expected = "somebody is here")]
async fn a_server_that_is_merely_dropped_is_searched_too() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    ada.get("/leak?form=text").await.assert_status(200);
    drop(server);
}

#[tokio::test]
async fn the_search_finds_a_key_and_a_password() {
    let key = BASE64_STANDARD.encode(b"\xf4 key of the tests, thirty-two b");
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("APP_KEY", &format!("base64:{key}"))]).await;
    server.visitor().post("/form", &[("password", "open sesame")]).await;
    for printed in [format!("the key\n{key}"), "with open sesame".to_owned()] {
        let searched = std::panic::catch_unwind(|| assert_no_secret(&printed));
        assert!(searched.is_err(), "{printed}");
    }
    assert_no_secret("the key and the password");
}
