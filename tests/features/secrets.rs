//! No secret gets into the log, however much is logged.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use salon_tests::{Answer, AppFolder, Connection, Ended, Gate, Method, Request, Server, Visitor, forms_of, unmasked};

const KEY: [u8; 32] = *b"\xf3 key of the tests, thirty-two b";

/// Every cookie's value and every token that was sent to a client.
#[derive(Default)]
struct Issued(Vec<String>);

impl Issued {
    async fn get(&mut self, visitor: &Visitor, path: &str) -> Answer {
        self.note(visitor.get(path).await)
    }

    fn note(&mut self, answer: Answer) -> Answer {
        for cookie in answer.cookies() {
            let value = cookie.split_once('=').and_then(|(_, rest)| rest.split(';').next()).unwrap_or_default();
            self.add(value);
        }
        let text = answer.text();
        for rest in text.split("name=\"_token\" value=\"").skip(1) {
            let token = rest.split('"').next().unwrap_or_default();
            self.add(token);
            self.add(&unmasked(token));
        }
        answer
    }

    fn add(&mut self, secret: &str) {
        if secret.len() >= 43 && !self.0.iter().any(|known| known == secret) {
            self.0.push(secret.to_owned());
        }
    }

    fn assert_not_in(&self, ended: &Ended) {
        let printed = [ended.stdout.as_bytes(), ended.stderr.as_bytes()].concat();
        for secret in &self.0 {
            for form in forms_of(secret) {
                let found = printed.windows(form.len()).position(|window| window == form);
                if let Some(at) = found {
                    let line = String::from_utf8_lossy(&printed[at.saturating_sub(200)..(at + 100).min(printed.len())]);
                    panic!("{secret:?} is in the log:\n{line}");
                }
            }
        }
    }
}

fn environment<'a>(key: &'a str, format: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("LOGGING_LEVEL", "trace"),
        ("LOGGING_FORMAT", format),
        ("APP_KEY", key),
        ("SESSION_ENCRYPT", "true"),
        ("SESSION_REGENERATE_GRACE", "0"),
    ]
}

#[tokio::test]
async fn sr_67_no_id_no_token_and_no_key_is_ever_logged() {
    let key = format!("base64:{}", BASE64_STANDARD.encode(KEY));
    for format in ["text", "json"] {
        let (folder, gate, mut issued) = (AppFolder::new(), Gate::new().await, Issued::default());
        issued.add(&base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(KEY));
        let server = Server::probe(&folder, &environment(&key, format)).await;
        let ada = server.visitor();
        for path in ["/count", "/flash", "/panic", "/fail", "/page", "/regenerate", "/login", "/count", "/form/login"] {
            let before = ada.copy();
            issued.get(&ada, path).await;
            // An old id, as the case may be.
            issued.get(&before, "/count").await;
        }
        let token = issued.get(&ada, "/form").await.text();
        issued.add(&token);
        for sent in [token.as_str(), "wrong"] {
            issued.note(ada.post("/form", &[("_token", sent)]).await);
            issued.note(ada.post_with("/form", &[("x", "y")], &[("x-csrf-token", sent)]).await);
        }
        let by_hand = issued.get(&ada, "/by-hand").await;
        issued.add(by_hand.header("x-session").expect("an id"));

        // Ambiguous, planted, damaged.
        let cookies = format!("session={}; session={}", ada.cookie("session").expect("a cookie"), issued.0[2]);
        issued.note(server.visitor().get_with("/count", &[("cookie", &cookies)]).await);
        let bea = server.visitor();
        issued.get(&bea, "/count").await;
        for file in folder.session_files() {
            let mut bytes = std::fs::read(&file).expect("a file");
            *bytes.last_mut().expect("it is not empty") ^= 1;
            std::fs::write(file, bytes).expect("a file");
        }
        for visitor in [&ada, &bea] {
            issued.get(visitor, "/count").await;
        }

        // Ended while a request is under way; and the store fails under one.
        let (tab, path) = (ada.copy(), format!("/put?key=late&{}", gate.query()));
        let slow = tokio::spawn(async move { tab.get(&path).await });
        let handler = gate.arrival().await;
        issued.get(&ada, "/logout").await;
        handler.go_on().await;
        issued.note(slow.await.expect("an answer"));
        let aside = folder.path().join("aside");
        std::fs::rename(folder.sessions(), &aside).expect("a folder");
        std::fs::write(folder.sessions(), "in the way").expect("a file");
        issued.get(&bea, "/count").await.assert_status(503);
        std::fs::remove_file(folder.sessions()).expect("a file");
        std::fs::rename(&aside, folder.sessions()).expect("a folder");

        // And by HTTP/2.
        let mut connection = Connection::http2(server.address()).await;
        let mut cookie = String::new();
        for method in [Method::GET, Method::GET, Method::POST] {
            let mut request = Request::builder().method(method).uri("/pair?value=1");
            if !cookie.is_empty() {
                request = request.header("cookie", &cookie).header("x-csrf-token", &token);
            }
            let answer = issued.note(connection.send(request.body(Bytes::new()).expect("a request")).await);
            if let Some(new) = answer.cookies().first() {
                cookie = new.split(';').next().unwrap_or_default().to_owned();
            }
        }
        let ended = server.stop().await;
        for event in
            ["cannot be read", "gave up", "the session ended", "several different session ids", "was renewed a while"]
        {
            assert!(ended.stderr.contains(event), "the scenario is to have {event:?}: {}", ended.stderr);
        }
        assert!(issued.0.len() > 12, "{}", issued.0.len());
        assert!(ended.stderr.contains("TRACE"), "that is all that is logged");
        issued.assert_not_in(ended.assert_success());
    }
}

#[tokio::test]
async fn sr_67_the_template_app_logs_no_secret_either() {
    let key = format!("base64:{}", BASE64_STANDARD.encode(KEY));
    let (folder, mut issued) = (AppFolder::new(), Issued::default());
    issued.add(&base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(KEY));
    let environment = [&environment(&key, "text")[..], &[("APP_ENV", "development")]].concat();
    let server = Server::app(&folder, &environment).await;
    let ada = server.visitor();
    for path in ["/", "/guestbook", "/flash", "/nowhere"] {
        issued.get(&ada, path).await;
    }
    let masked = issued.0.iter().find(|secret| secret.len() == 86).expect("a token").clone();
    for (token, name) in [(masked.as_str(), "Ada"), (&masked, ""), ("wrong", "Eve")] {
        let form = [("_token", token), ("name", name), ("message", "Hello there")];
        issued.note(ada.post("/guestbook", &form).await);
    }
    issued.get(&ada, "/guestbook").await;
    issued.note(ada.post("/forget", &[("_token", &masked)]).await.assert_status(303).clone());
    folder.replace("resources/views/home.html", "{{ visits }}", "{{ vists }}");
    issued.get(&ada, "/").await.assert_status(500);
    let ended = server.stop().await;
    assert!(issued.0.len() > 6, "{}", issued.0.len());
    for event in ["finished processing request", "vists", "status=419"] {
        assert!(ended.stderr.contains(event), "the scenario is to have {event:?}: {}", ended.stderr);
    }
    issued.assert_not_in(ended.assert_success());
}
