//! The headers of a response, and requests that cost the store nothing.

use bytes::Bytes;
use salon_tests::{Answer, AppFolder, Connection, Method, Request, Server};

/// Whether the response sets a cookie, its `Cache-Control`, and its `Vary`.
fn cache_headers(answer: &Answer) -> (usize, Option<&str>, Option<&str>) {
    (answer.cookies().len(), answer.header("cache-control"), answer.header("vary"))
}

#[tokio::test]
async fn sr_12_a_thousand_guests_cost_the_store_nothing() {
    let folder = AppFolder::new();
    for driver in ["file", "ledger"] {
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let mut connection = Connection::http1(server.address()).await;
        for number in 0..1_000 {
            let paths = ["/nothing", "/look", "/all", "/user", "/flash/shown", "/nowhere", "/fail", "/slow", "/ledger"];
            let request = Request::get(paths[number % paths.len()]).body(Bytes::new()).expect("a request");
            connection.send(request).await.assert_no_cookie();
        }
        assert!(folder.session_files().is_empty());
        if driver == "ledger" {
            let calls = server.visitor().get("/ledger").await.json();
            let used: Vec<&str> =
                ["read", "write", "destroy"].into_iter().filter(|call| !calls[call].is_null()).collect();
            assert_eq!(used, Vec::<&str>::new(), "{calls}");
        }
    }
}

#[tokio::test]
async fn sr_13_no_cache_keeps_what_belongs_to_one_visitor() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    // Written, then read, for each kind of response.
    for (path, status) in [("/count", 200), ("/public", 200), ("/moved", 303), ("/login", 200), ("/flash", 200)] {
        let ada = server.visitor();
        let first = ada.get(path).await;
        first.assert_status(status);
        assert_eq!((first.cookies().len(), first.header("cache-control")), (1, Some("no-store")), "{path}");
    }
    let ada = server.visitor();
    ada.get("/login").await;
    let private = (0, Some("private"), Some("Cookie"));
    for path in ["/look", "/user", "/all", "/count", "/flash/shown"] {
        assert_eq!(cache_headers(&ada.get(path).await), private, "{path}");
    }
    // A guest's response depends on the cookie that is missing.
    assert_eq!(cache_headers(&server.visitor().get("/look").await), private);
    for path in ["/nothing", "/nowhere", "/ledger"] {
        let answer = ada.get(path).await;
        assert_eq!((answer.cookies().len(), answer.header("cache-control")), (0, None), "{path}");
        assert!(answer.header("vary").is_none_or(|vary| !vary.contains("Cookie")), "{path}");
    }
    for path in ["/fail", "/panic"] {
        assert_eq!(cache_headers(&ada.get(path).await), private, "{path}");
    }
    for path in ["/regenerate", "/logout"] {
        let answer = ada.get(path).await;
        assert_eq!((answer.cookies().len(), answer.header("cache-control")), (1, Some("no-store")), "{path}");
    }

    // A cookie that is only sent again counts as a cookie.
    let busy = Server::probe(&folder, &[("SESSION_TOUCH_INTERVAL", "0")]).await;
    let bea = busy.visitor();
    bea.get("/count").await;
    for path in ["/nothing", "/look", "/public"] {
        let answer = bea.get(path).await;
        assert_eq!((answer.cookies().len(), answer.header("cache-control")), (1, Some("no-store")), "{path}");
    }
}

#[tokio::test]
async fn sr_71_methods_that_nobody_serves_are_refused_and_touch_no_session() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SESSION_DRIVER", "ledger")]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    let before = ada.get("/ledger").await.json();
    for (method, statuses) in [
        ("TRACE", [405, 501]),
        ("BREW", [405, 501]),
        ("DELETE", [405, 405]),
        ("count", [405, 501]),
        ("OPTIONS", [204, 204]),
    ] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = ada.ask(method.clone(), "/count").await;
        assert!(statuses.contains(&answer.status.as_u16()), "{method}: {}", answer.status);
        answer.assert_no_cookie().assert_dont_see("session=");
    }
    assert_eq!(ada.get("/ledger").await.json(), before, "the store was not asked");
    let head = ada.ask(Method::HEAD, "/count").await;
    head.assert_status(200);
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn sr_14_a_cookie_that_browsers_would_drop_is_an_error_and_leaves_the_session_s_alone() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    // Its name is three bytes long.
    ada.get("/cookie?bytes=4093").await.assert_status(200);
    assert_eq!(ada.cookie("own").map(|value| value.len()), Some(4093));
    ada.get("/cookie?bytes=4094").await.assert_status(500).assert_no_cookie();
    server.process().complaint("the cookie `own` is too large (4097 of 4096 bytes)").await;
    assert_eq!(ada.get("/all").await.json()["cookies"], 1, "as it was");
    let stranger = server.visitor().get("/cookie?bytes=100000").await;
    stranger.assert_status(500).assert_no_cookie();
}
