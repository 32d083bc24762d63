//! Behind nginx: what a proxy caches, and what it takes for a broken app.

use std::collections::BTreeSet;

use salon_tests::{Answer, AppFolder, Server, Visitor, servers::Nginx};
use tokio::task::JoinSet;

/// Settings of a proxy that caches whatever it may, cookies or not.
const CACHE: &str = "proxy_cache pages;\nproxy_cache_valid any 10m;\n";

/// Pages that show or change something of the visitor.
const PAGES: [&str; 20] = [
    "/login",
    "/count",
    "/user",
    "/all",
    "/look",
    "/public",
    "/page",
    "/moved",
    "/back",
    "/form",
    "/cookie?bytes=3",
    "/flash",
    "/flash/shown",
    "/flash-and-go",
    "/nothing",
    "/nowhere",
    "/fail",
    "/panic",
    "/regenerate",
    "/read-only",
];

/// Those that show everybody the same.
const SAME_FOR_ALL: [&str; 3] = ["/nothing", "/nowhere", "/page"];

/// Loads all pages twice, the second time with what the first one has left.
async fn load_all(visitor: &Visitor) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    for _ in 0..2 {
        for page in PAGES {
            answers.push((page, visitor.get(page).await));
        }
    }
    answers
}

fn cookies_of(answers: &[(&str, Answer)]) -> BTreeSet<String> {
    let values = answers.iter().flat_map(|(_, answer)| answer.cookies()).map(|cookie| {
        let value = cookie.split(';').next().unwrap_or_default();
        value.strip_prefix("session=").unwrap_or_default().to_owned()
    });
    values.filter(|value| !value.is_empty()).collect()
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx-light")]
async fn sr_13_a_cache_that_ignores_cookies_shows_nobody_what_belongs_to_another() {
    let folder = AppFolder::new();
    for touch in ["0", "300"] {
        let app = Server::probe(&folder, &[("SESSION_TOUCH_INTERVAL", touch)]).await;
        let nginx = Nginx::before(&[app.address()], "", &format!("{CACHE}proxy_ignore_headers Set-Cookie;"));
        let (ada, bea) = (Visitor::new(nginx.address()), Visitor::new(nginx.address()));
        let of_ada = load_all(&ada).await;
        let of_bea = load_all(&bea).await;
        let (cookies_of_ada, cookies_of_bea) = (cookies_of(&of_ada), cookies_of(&of_bea));
        assert!(cookies_of_ada.len() >= 3 && cookies_of_bea.len() >= 3, "each login and renewal is a new cookie");
        let shared: Vec<_> = cookies_of_ada.intersection(&cookies_of_bea).collect();
        assert!(shared.is_empty(), "{shared:?}");
        let is_hit = |answer: &Answer| answer.header("x-cache") == Some("HIT");
        let hits: Vec<_> = of_ada.iter().chain(&of_bea).filter(|(_, answer)| is_hit(answer)).collect();
        assert!(hits.iter().all(|(_, answer)| answer.cookies().is_empty()), "{hits:?}");
        let pages: BTreeSet<&str> = hits.iter().map(|(page, _)| *page).collect();
        assert!(pages.contains("/nowhere"), "the cache does cache: {pages:?}");
        assert!(pages.is_subset(&SAME_FOR_ALL.into()), "{pages:?}");
        // A guest who has none of their cookies.
        let guest = Visitor::new(nginx.address());
        guest.get("/user").await.assert_status(200).assert_see("null");
        guest.get("/all").await.assert_status(200).assert_see("{}");
        assert_ne!(ada.cookie("session"), bea.cookie("session"));
    }
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx-light")]
async fn sr_13_no_cache_answers_a_request_that_is_to_change_the_session() {
    let folder = AppFolder::new();
    let app = Server::probe(&folder, &[]).await;
    let nginx = Nginx::before(&[app.address()], "", &format!("{CACHE}proxy_ignore_headers Set-Cookie;"));
    for _ in 0..3 {
        let visitor = Visitor::new(nginx.address());
        visitor.get("/count").await.assert_status(200);
        visitor.get("/flash").await.assert_status(200);
        visitor.get("/flash/shown").await.assert_see("Saved.");
        visitor.get("/put?key=a").await.assert_status(200);
        visitor.get("/all").await.assert_see(r#""a":false"#);
    }
}

/// The first test can fail.
#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx-light")]
async fn a_cache_that_ignores_what_the_app_says_about_caching_mixes_visitors_up() {
    let folder = AppFolder::new();
    let app = Server::probe(&folder, &[]).await;
    let ignored = format!("{CACHE}proxy_ignore_headers Set-Cookie Cache-Control Vary;");
    let nginx = Nginx::before(&[app.address()], "", &ignored);
    let (ada, bea) = (Visitor::new(nginx.address()), Visitor::new(nginx.address()));
    ada.get("/count").await.assert_status(200);
    assert_eq!(bea.get("/count").await.header("x-cache"), Some("HIT"));
    assert_eq!(ada.cookie("session"), bea.cookie("session"));
}

/// Sends forms of 6 MB that the apps refuse without reading them, and then asks for a page as often as there are apps.
async fn refused_uploads_break_no_app(apps: &[Server], post: &'static str, status: u16, page: &str) {
    let addresses: Vec<_> = apps.iter().map(Server::address).collect();
    let form: &str = &"x".repeat(6 << 20);
    for (upstream, server) in [
        ("", ""),
        ("keepalive 8;", "proxy_http_version 1.1;\nproxy_set_header Connection \"\";"),
        ("keepalive 8;", "proxy_http_version 1.1;\nproxy_set_header Connection \"\";\nproxy_request_buffering off;"),
        ("", "proxy_request_buffering off;"),
    ] {
        let nginx = Nginx::before(&addresses, upstream, &format!("client_max_body_size 20m;\n{server}"));
        let mut posts = JoinSet::new();
        for _ in 0..4 {
            let (eve, form) = (Visitor::new(nginx.address()), form.to_owned());
            posts.spawn(async move {
                eve.post_with(post, &[("message", form)], &[("content-type", "application/x-www-form-urlencoded")])
                    .await
            });
        }
        for answer in posts.join_all().await {
            assert_eq!(answer.status, status, "{server}: {}\n{}", answer.text(), nginx.log());
            assert!(!answer.header("x-upstream").expect("an app").contains(','), "{:?}", answer.headers);
        }
        let mut asked = BTreeSet::new();
        for _ in &addresses {
            let answer = Visitor::new(nginx.address()).get(page).await;
            assert_eq!(answer.status, 200, "{server}: {}", nginx.log());
            asked.insert(answer.header("x-upstream").expect("an app").to_owned());
        }
        let all: BTreeSet<String> = addresses.iter().map(ToString::to_string).collect();
        assert_eq!(asked, all, "each app is asked, and answers at once: {server}\n{}", nginx.log());
        assert!(!nginx.log().contains("[error]"), "{server}\n{}", nginx.log());
    }
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx-light")]
async fn sr_60_uploads_of_strangers_that_are_refused_unread_are_no_bad_gateway_and_break_no_app() {
    let folders = [AppFolder::new(), AppFolder::new(), AppFolder::new()];
    let mut apps = Vec::new();
    for folder in &folders {
        apps.push(Server::app(folder, &[]).await);
    }
    refused_uploads_break_no_app(&apps, "/guestbook", 419, "/").await;
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "needs nginx: apt-get install nginx-light")]
async fn sr_60_uploads_that_are_too_large_are_no_bad_gateway_and_break_no_app() {
    let folders = [AppFolder::new(), AppFolder::new(), AppFolder::new()];
    let mut apps = Vec::new();
    for folder in &folders {
        apps.push(Server::probe(folder, &[]).await);
    }
    refused_uploads_break_no_app(&apps, "/length", 413, "/nothing").await;
}
