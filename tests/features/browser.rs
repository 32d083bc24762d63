//! The template app in a real browser.

use salon_tests::{AppFolder, Chromium, Scheme, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PHONE: u32 = 390;
const DESK: u32 = 1200;

fn url(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.address())
}

#[tokio::test]
#[cfg_attr(not(chromium), ignore = "chromium and chromedriver are not installed; tests/run installs them")]
async fn the_guestbook_shows_mistakes_with_what_was_typed_and_thanks_once() {
    let folder = AppFolder::new();
    let (server, browser) = (Server::app(&folder, &[]).await, Chromium::start().await);
    browser.look(DESK, Scheme::Light).await;
    browser.go(&url(&server, "/guestbook")).await;
    assert_eq!(browser.count(".field-error").await, 0);

    browser.fill("#name", "Ada & <Lovelace>").await;
    browser.fill("#message", "Hi").await;
    browser.follow("form.card button").await;
    assert_eq!(browser.count(".field-error").await, 1);
    assert_eq!(browser.text("#message-error").await, "Must be at least 3 characters long.");
    assert_eq!(browser.value("#name").await, "Ada & <Lovelace>");
    assert_eq!(browser.value("#message").await, "Hi");
    assert_eq!(browser.count(".flash").await, 0);
    browser.picture("guestbook-mistakes-light").await;

    browser.fill("#message", "What a lovely room.\nI shall come again.").await;
    browser.follow("form.card button").await;
    assert_eq!(browser.text(".flash-success").await, "Thank you, Ada & <Lovelace>!");
    assert_eq!(browser.text(".entry-message").await, "What a lovely room.\nI shall come again.");
    assert_eq!(browser.text(".entry-by").await, "Ada & <Lovelace>");
    assert_eq!(browser.value("#message").await, "");
    assert_eq!(browser.count(".field-error").await, 0);
    browser.picture("guestbook-thanks-light").await;

    browser.go(&url(&server, "/guestbook")).await;
    assert_eq!(browser.count(".flash").await, 0);
    assert_eq!(browser.count(".entry").await, 1);
}

#[tokio::test]
#[cfg_attr(not(chromium), ignore = "chromium and chromedriver are not installed; tests/run installs them")]
async fn the_visits_are_counted_until_the_visitor_asks_to_be_forgotten() {
    let folder = AppFolder::new();
    let (server, browser) = (Server::app(&folder, &[]).await, Chromium::start().await);
    browser.go(&url(&server, "/")).await;
    assert_eq!(browser.text("h1").await, "Welcome.");
    browser.go(&url(&server, "/")).await;
    assert_eq!(browser.text("h1").await, "Welcome back.");
    assert_eq!(browser.text(".guest-card .door strong").await, "2");
    assert_eq!(browser.run("return document.cookie").await, "", "no script sees the cookie");

    browser.follow(".guest-card button").await;
    assert!(browser.text(".flash-success").await.starts_with("You have been forgotten"));
    assert_eq!(browser.text(".guest-card .door strong").await, "1");
}

#[tokio::test]
#[cfg_attr(not(chromium), ignore = "chromium and chromedriver are not installed; tests/run installs them")]
async fn the_page_about_flash_shows_each_message_for_as_long_as_it_says() {
    let folder = AppFolder::new();
    let (server, browser) = (Server::app(&folder, &[]).await, Chromium::start().await);
    browser.look(DESK, Scheme::Light).await;
    let page = url(&server, "/flash");
    browser.go(&page).await;
    for (action, shown) in [("set", [1, 0, 0]), ("now", [1, 0, 0]), ("keep", [2, 1, 0]), ("reflash", [2, 2, 0])] {
        browser.follow(&format!("form[action='/flash/{action}'] button")).await;
        for (load, messages) in shown.into_iter().enumerate() {
            assert_eq!(browser.count(".flash").await, messages, "{action}, load {load}");
            browser.picture(&format!("flash-{action}-{load}")).await;
            browser.go(&page).await;
        }
    }
    browser.follow("form[action='/flash/temporary'] button").await;
    browser.go(&page).await;
    assert!(browser.text(".facts").await.contains("Seat 12, row F"));
}

#[tokio::test]
#[cfg_attr(not(chromium), ignore = "chromium and chromedriver are not installed; tests/run installs them")]
async fn every_page_stands_alone_and_fits_a_phone_in_light_and_dark() {
    let folder = AppFolder::new();
    let (server, browser) = (Server::app(&folder, &[]).await, Chromium::start().await);
    let broken = AppFolder::new();
    broken.replace("resources/views/home.html", "{{ visits }}", "{{ vists }}");
    let debugged = Server::app(&broken, &[("APP_ENV", "development"), ("APP_DEBUG", "true")]).await;
    let pages = [
        ("home", url(&server, "/")),
        ("guestbook", url(&server, "/guestbook")),
        ("flash", url(&server, "/flash")),
        ("not-found", url(&server, "/nowhere")),
        ("debug", url(&debugged, "/")),
    ];
    for (name, address) in &pages {
        for (size, width) in [("desk", DESK), ("phone", PHONE)] {
            for (scheme_name, scheme) in [("light", Scheme::Light), ("dark", Scheme::Dark)] {
                browser.look(width, scheme).await;
                browser.go(address).await;
                browser.picture(&format!("{name}-{size}-{scheme_name}")).await;
                let wide = browser.run("return document.documentElement.scrollWidth").await;
                assert!(wide.as_u64() <= Some(width.into()), "{name} is {wide} wide on a screen of {width}");
                let foreign = "return performance.getEntriesByType('resource').map(e => e.name)
                    .filter(name => !name.startsWith(location.origin + '/'))";
                assert_eq!(browser.run(foreign).await.to_string(), "[]", "{name}");
                let wall = "return parseInt(getComputedStyle(document.body).backgroundColor.slice(4))";
                let brightness = browser.run(wall).await.as_u64().expect("a colour");
                assert_eq!(brightness > 127, matches!(scheme, Scheme::Light), "{name}: {brightness}");
            }
        }
    }
}

/// Serves a page of an attacker on another port of this machine: for browsers another origin of the same site. It plants
/// a cookie, and has a form that is sent to the app.
async fn attacker(cookie: String, form: String) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let page = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nset-cookie: {cookie}; path=/\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n{form}",
                form.len()
            );
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(page.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
#[cfg_attr(not(chromium), ignore = "chromium and chromedriver are not installed; tests/run installs them")]
async fn sr_30_a_form_of_another_origin_is_refused_though_it_carries_the_token_of_a_planted_session() {
    let folder = AppFolder::new();
    let (server, browser) = (Server::app(&folder, &[]).await, Chromium::start().await);
    let eve = server.visitor();
    let page = eve.get("/guestbook").await.text();
    let token = page.split("name=\"_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
    let cookie = format!("session={}", eve.cookie("session").expect("a session"));
    let form = format!(
        "<form method=post action='{}'><input name=_token value='{token}'><input name=name value=Eve>\
         <input name=message value='I was never here'><button>Win a prize</button></form>",
        url(&server, "/guestbook")
    );
    let evil = attacker(cookie, form).await;
    browser.go(&url(&server, "/guestbook")).await;
    browser.go(&format!("http://{evil}/")).await;
    browser.follow("button").await;
    assert!(browser.text("body").await.contains("expired"), "{}", browser.text("body").await);
    eve.get("/guestbook").await.assert_dont_see("I was never here");
    // What the app's own page sends is accepted, although the session has another token by now.
    browser.go(&url(&server, "/guestbook")).await;
    browser.run("document.querySelector('input[name=_token]').value = 'of a tab from before a login'").await;
    browser.fill("#name", "Ada").await;
    browser.fill("#message", "My own words").await;
    browser.follow("form.card button").await;
    eve.get("/guestbook").await.assert_see("My own words");
}
