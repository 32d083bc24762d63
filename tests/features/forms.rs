//! Form tokens, and the redirect back to the previous page.

use salon_tests::{AppFolder, Method, Server, Visitor, unmasked};

/// The token in the form of the template's guestbook.
async fn token_of(visitor: &Visitor) -> String {
    let page = visitor.get("/guestbook").await.text();
    let rest = page.split_once("name=\"_token\" value=\"").expect("a token").1;
    rest.split_once('"').expect("a quote").0.to_owned()
}

#[tokio::test]
async fn sr_31_a_token_from_before_the_login_is_refused_after_it() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let (ada, eve) = (server.visitor(), server.visitor());
    let before = ada.get("/form").await.text();
    assert_eq!(ada.get("/form").await.text(), before, "a token lasts as long as its session");
    let post = async |visitor: &Visitor, token: &str| visitor.post("/form", &[("_token", token)]).await.status.as_u16();
    assert_eq!(post(&ada, &before).await, 200);
    ada.get("/form/login").await.assert_status(200);
    assert_eq!(post(&ada, &before).await, 419);
    let after = ada.get("/form").await.text();
    assert_ne!(after, before);
    assert_eq!(post(&ada, &after).await, 200);
    // Another session's token is invalid, and so is none.
    let others = eve.get("/form").await.text();
    assert_eq!(post(&ada, &others).await, 419);
    assert_eq!(post(&eve, &after).await, 419);
    assert_eq!(post(&server.visitor(), &after).await, 419);
    ada.get("/regenerate").await;
    assert_eq!(post(&ada, &after).await, 419, "a new id comes with a new token");
    ada.get("/logout").await;
    assert_eq!(post(&ada, &after).await, 419);
}

#[tokio::test]
async fn a_route_that_only_reads_shows_a_guest_a_form_whose_token_nobody_accepts() {
    let folder = AppFolder::new();
    folder.write("resources/views/form.html", "{{ csrf_field() }}");
    let server = Server::probe(&folder, &[]).await;
    let guest = server.visitor();
    guest.submit("/read-only/form", "/form", &[]).await.assert_status(419);
    guest.get("/read-only/form").await.assert_status(200).assert_no_cookie();
    assert!(folder.session_files().is_empty());
    // A visitor whose session has a token gets that one.
    let ada = server.visitor();
    ada.get("/form").await.assert_status(200);
    ada.submit("/read-only/form", "/form", &[]).await.assert_status(200).assert_see("accepted");
}

#[tokio::test]
async fn sr_33_a_token_looks_different_on_every_page_and_never_comes_from_an_address() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[("LOGGING_LEVEL", "trace")]).await;
    let ada = server.visitor();
    let (first, second) = (token_of(&ada).await, token_of(&ada).await);
    assert_ne!(first, second);
    assert_eq!(unmasked(&first), unmasked(&second));
    let entry = [("name", "Ada"), ("message", "Hello there")];
    for token in [&first, &second, &first] {
        let form = [("_token", token.as_str()), entry[0], entry[1]];
        ada.post("/guestbook", &form).await.assert_status(303);
        ada.post_with("/guestbook", &entry, &[("x-csrf-token", token)]).await.assert_status(303);
    }
    for name in ["_token", "token", "X-CSRF-TOKEN"] {
        ada.post(&format!("/guestbook?{name}={first}"), &entry).await.assert_status(419);
    }
    let mut wrong = first.clone();
    wrong.replace_range(0..1, if wrong.starts_with('A') { "B" } else { "A" });
    for token in ["", "x", &wrong, &first[1..], &unmasked(&first)[1..]] {
        ada.post("/guestbook", &[("_token", token), entry[0], entry[1]]).await.assert_status(419);
    }
}

#[tokio::test]
async fn sr_34_no_other_name_for_the_method_gets_around_the_token() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    token_of(&ada).await;
    for method in ["GET", "HEAD", "OPTIONS", "get"] {
        let form = [("_method", method), ("name", "Eve"), ("message", "Hello there")];
        ada.post("/guestbook", &form).await.assert_status(419);
        ada.post(&format!("/guestbook?_method={method}"), &form).await.assert_status(419);
        for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
            ada.post_with("/guestbook", &form, &[(header, method)]).await.assert_status(419);
        }
    }
    ada.get("/guestbook").await.assert_dont_see("Hello there");
}

#[tokio::test]
async fn sr_35_the_way_back_never_leaves_the_site() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let here = server.address().to_string();
    let elsewhere = [
        "//evil.example".to_owned(),
        "/\\evil.example".into(),
        "\\/evil.example".into(),
        "https:evil.example".into(),
        "https://evil.example/page".into(),
        format!("http://{here}@evil.example/page"),
        format!("http://{here}.evil.example/page"),
        format!("http://evil.example/{here}"),
        format!("http://{here}//evil.example"),
        format!("http://{here}/\\evil.example"),
        format!("http://{here}\\@evil.example/"),
        format!("http://{here}/\t/evil.example"),
        format!("http://127.0.0.1:{}/page", server.address().port().wrapping_add(1)),
        "http://127.0.0.1/page".into(),
        format!("ftp://{here}/page"),
        "javascript:alert(1)".into(),
        "data:text/html,x".into(),
        "null".into(),
        String::new(),
    ];
    for referer in &elsewhere {
        let answer = server.visitor().get_with("/back", &[("referer", referer)]).await;
        answer.assert_status(303);
        assert_eq!(answer.header("location"), Some("/fallback"), "{referer:?}");
    }
    for (referer, expected) in [
        (format!("http://{here}/page?x=1#y"), "/page?x=1"),
        (format!("http://{here}/%5cevil.example"), "/%5cevil.example"),
        (format!("http://{here}/%0d%0aset-cookie:%20x=1"), "/%0d%0aset-cookie:%20x=1"),
        (format!("http://{here}"), "/"),
    ] {
        let answer = server.visitor().get_with("/back", &[("referer", &referer)]).await;
        assert_eq!(answer.header("location"), Some(expected), "{referer:?}");
        answer.assert_no_cookie();
    }
    // A page whose address could be taken for another site's is not redirected to either.
    for page in ["//evil.example/page", "/page?next=//evil.example", "/page?x=%0d%0ay:z", "/page/../..//evil.example"] {
        let ada = server.visitor();
        ada.get(page).await;
        let location = ada.get("/back").await.header("location").expect("a way").to_owned();
        assert!(location.starts_with("/page") || location == "/fallback", "{page}: {location}");
    }
}

#[tokio::test]
async fn sr_36_only_a_page_that_was_looked_at_is_gone_back_to() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let back = async |visitor: &Visitor| visitor.get("/back").await.header("location").expect("a way").to_owned();
    let ada = server.visitor();
    ada.get("/page?n=1").await.assert_status(200);
    assert_eq!(back(&ada).await, "/page?n=1");
    for header in [
        ("sec-purpose", "prefetch"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-dest", "iframe"),
        ("sec-fetch-dest", "image"),
        ("x-requested-with", "XMLHttpRequest"),
        ("accept", "application/json"),
    ] {
        ada.get_with("/page?n=2", &[header]).await.assert_status(200);
        assert_eq!(back(&ada).await, "/page?n=1", "{header:?}");
    }
    ada.ask(Method::HEAD, "/page?n=2").await.assert_status(200);
    ada.get("/nowhere").await.assert_status(404);
    for path in ["/fail", "/panic", "/moved", "/count", &format!("/page?n={}", "2".repeat(4_000))] {
        ada.get(path).await;
        assert_eq!(back(&ada).await, "/page?n=1", "{path:.20}");
    }
    ada.get_with("/page?n=3", &[("sec-fetch-dest", "document")]).await.assert_status(200);
    assert_eq!(back(&ada).await, "/page?n=3");
}

#[tokio::test]
async fn sr_30_who_has_sent_a_form_is_asked_in_this_order_the_site_the_origin_the_token() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    let token = ada.get("/form").await.text();
    let own = format!("http://{}", server.address());
    let (own, other) = (("origin", own.as_str()), ("origin", "http://evil.example"));
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Headers<'_>, bool, u16); 9] = [
        (&[("sec-fetch-site", "same-origin")], false, 200),
        (&[("sec-fetch-site", "cross-site")], true, 419),
        (&[("sec-fetch-site", "same-site")], true, 419),
        (&[own], false, 200),
        (&[other], true, 419),
        (&[("origin", "null")], true, 419),
        (&[("origin", "https://127.0.0.1:1")], true, 419),
        (&[], true, 200),
        (&[], false, 419),
    ];
    for (headers, has_token, status) in cases {
        let form = [("_token", if has_token { token.as_str() } else { "" })];
        assert_eq!(ada.post_with("/form", &form, headers).await.status.as_u16(), status, "{headers:?}, {has_token}");
    }
}
