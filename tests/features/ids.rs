//! Ids: how they are generated, and which ones are accepted.

use std::collections::HashSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::header::{HeaderName, HeaderValue};
use salon_tests::{Answer, AppFolder, Connection, Request, Server};
use tokio::task::JoinSet;

#[tokio::test]
async fn sr_01_twenty_thousand_ids_are_distinct_and_show_no_pattern() {
    const CLIENTS: usize = 8;
    const EACH: usize = 2_500;
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SESSION_DRIVER", "memory")]).await;
    let mut work = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut connection = Connection::http1(server.address()).await;
        work.spawn(async move {
            let mut ids = Vec::with_capacity(EACH);
            for _ in 0..EACH {
                let request = Request::get("/count").body(bytes::Bytes::new()).expect("a request");
                let answer = connection.send(request).await;
                ids.push(id_in(&answer));
            }
            ids
        });
    }
    let texts = work.join_all().await.concat();
    let ids: HashSet<Vec<u8>> = texts.iter().map(|id| BASE64_URL_SAFE_NO_PAD.decode(id).expect("base64url")).collect();
    assert_eq!(ids.len(), CLIENTS * EACH, "all distinct");
    assert!(ids.iter().all(|id| id.len() == 32), "256 bits each");

    // The chance of a fair coin being this far off is one in some hundred million.
    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    let total = ids.len() as f64;
    let limit = 6.0 * total.sqrt() / 2.0;
    for bit in 0..256 {
        let ones = ids.iter().filter(|id| id[bit / 8] >> (bit % 8) & 1 == 1).count();
        #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
        let off = (ones as f64 - total / 2.0).abs();
        assert!(off < limit, "bit {bit} is one in {ones} of {total}");
    }
    for place in 0..32 {
        let values: HashSet<u8> = ids.iter().map(|id| id[place]).collect();
        assert_eq!(values.len(), 256, "byte {place} takes every value");
    }
}

/// The id in a response's cookie.
fn id_in(answer: &Answer) -> String {
    let cookie = answer.cookies().concat();
    let id = cookie.strip_prefix("session=").and_then(|rest| rest.split_once(';'));
    id.unwrap_or_else(|| panic!("no id in {cookie:?}")).0.to_owned()
}

/// What a response tells a client, except for the time of day.
fn visible_parts(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    (answer.status.as_u16(), answer.text(), headers.map(text).collect())
}

#[tokio::test]
async fn sr_02_ids_that_are_unknown_malformed_over_or_ended_are_all_the_same() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let short = Server::probe(&folder, &[("SESSION_LIFETIME", "0.0001"), ("SESSION_GC_INTERVAL", "0")]).await;
    let ended = server.visitor();
    ended.get("/login").await;
    let ended_id = ended.cookie("session").expect("a cookie");
    ended.get("/logout").await.assert_status(200);

    let over_id = id_in(&short.visitor().get("/count").await);
    let made = std::time::Instant::now();
    while made.elapsed().as_millis() < 100 {
        short.visitor().get("/nothing").await;
    }
    let kept = folder.session_files();
    assert_eq!(kept.len(), 1, "the collector has not run");

    let mut answers = Vec::new();
    for id in ["A".repeat(43), "../../etc/passwd".into(), "%00".into(), "é".into(), ended_id, over_id] {
        let eve = short.visitor();
        eve.set_cookie("session", &id);
        for path in ["/all", "/user", "/look", "/flash/shown"] {
            answers.push((path, visible_parts(&eve.get(path).await)));
        }
        assert_eq!(folder.session_files(), kept, "nothing is written to the store");
        let fresh = eve.get("/count").await;
        fresh.assert_status(200).assert_see("1");
        assert_ne!(id_in(&fresh), id, "not adopted");
        // The record of the session that was just created.
        for file in folder.session_files() {
            if !kept.contains(&file) {
                std::fs::remove_file(file).expect("a file");
            }
        }
    }
    for (path, answer) in &answers[4..] {
        let (_, first) = answers.iter().find(|(other, _)| other == path).expect("the first of them");
        assert_eq!(answer, first, "{path}");
    }
}

#[tokio::test]
async fn sr_03_an_id_is_taken_from_the_cookie_and_from_nowhere_else() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/login").await;
    let id = ada.cookie("session").expect("a cookie");
    let stranger = || server.visitor();
    for path in [format!("/user?session={id}"), format!("/user?id={id}&SESSION={id}&_session={id}")] {
        stranger().get(&path).await.assert_status(200).assert_see("null").assert_no_cookie();
    }
    let path = stranger().get(&format!("/user;session={id}")).await;
    path.assert_status(404).assert_dont_see("ada");
    let bearer = format!("Bearer {id}");
    for (name, value) in [
        ("authorization", bearer.as_str()),
        ("x-session", &id),
        ("session", &id),
        ("set-cookie", &format!("session={id}")),
        ("cookie2", &format!("session={id}")),
    ] {
        stranger().get_with("/user", &[(name, value)]).await.assert_see("null");
    }
    stranger().post("/put?key=planted", &[("session", &id)]).await.assert_status(200);
    assert!(ada.get("/all").await.json()["planted"].is_null());
    ada.get("/user").await.assert_see("ada");
}

#[tokio::test]
async fn sr_08_cookies_that_are_ambiguous_lead_nowhere() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let (ada, bea) = (server.visitor(), server.visitor());
    for visitor in [&ada, &bea] {
        visitor.get("/login").await;
    }
    let [a, b] = [&ada, &bea].map(|visitor| visitor.cookie("session").expect("a cookie"));
    let unknown = "A".repeat(43);
    let user = async |cookie: String| server.visitor().get_with("/user", &[("cookie", &cookie)]).await.text();
    for cookie in [
        format!("session={a}; session={b}"),
        format!("session={b}; session={a}"),
        format!("session={a}; session={unknown}"),
        format!("session={unknown}; session={a}"),
        format!("Session={a}"),
        format!("SESSION={a}"),
        format!("=session={a}"),
        format!("={a}"),
        a.clone(),
        format!("session {a}"),
        format!("xsession={a}"),
        format!("session[]={a}"),
        format!("__Host-session={a}"),
        format!("session={a}{b}"),
        format!("session={a}="),
        format!("x=1, session={a}"),
    ] {
        assert_eq!(user(cookie.clone()).await, "null", "{cookie}");
    }
    for cookie in
        [format!("session={a}; session={a}"), format!("x=1; session={a}; y"), format!("session=; session={a}")]
    {
        assert_eq!(user(cookie.clone()).await, "\"ada\"", "{cookie}");
    }
    server.process().complaint("several different session cookies").await;

    let secure = Server::probe(&folder, &[("APP_URL", "https://example.org")]).await;
    let user = async |cookie: String| secure.visitor().get_with("/user", &[("cookie", &cookie)]).await.text();
    assert_eq!(user(format!("__Host-session={a}")).await, "\"ada\"");
    for name in ["__host-session", "__HOST-SESSION", "__Host-Session", "session", "=__Host-session", "__Secure-session"]
    {
        assert_eq!(user(format!("{name}={a}")).await, "null", "{name}");
    }
}

#[tokio::test]
async fn sr_08_hundreds_of_cookies_are_refused_or_ignored() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/login").await;
    let id = ada.cookie("session").expect("a cookie");
    let many: Vec<String> = (0..200).map(|number| format!("cookie{number}=value")).collect();
    let cookies = [
        format!("{}; session={id}", many.join("; ")),
        format!("big={}; session={id}", "x".repeat(16 << 10)),
        vec![format!("session={id}"); 200].join("; "),
        format!("session={}", "A".repeat(64 << 10)),
        ";".repeat(16 << 10),
    ];
    for cookie in cookies {
        let answer = server.visitor().get_with("/user", &[("cookie", &cookie)]).await;
        assert!([200, 431].contains(&answer.status.as_u16()), "{}", answer.status);
    }
    let ended = server.stop().await;
    assert!(!ended.assert_success().stderr.contains("panicked"), "{ended:?}");
}
