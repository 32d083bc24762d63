//! Apps behind a proxy, and requests for other hosts.

use salon_tests::{AppFolder, Server, app_key};
use serde_json::json;

#[tokio::test]
async fn sr_39_only_a_trusted_proxy_says_who_its_client_is() {
    let folder = AppFolder::new();
    let direct = Server::probe(&folder, &[]).await;
    let claims =
        [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-host", "shop.example"), ("forwarded", "for=192.0.2.8")];
    let here = direct.address().to_string();
    let seen = direct.visitor().get_with("/client", &claims).await.json();
    assert_eq!(seen, json!({ "ip": "127.0.0.1", "host": here }));

    let environment = [("APP_TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8")];
    let proxied = Server::probe(&folder, &environment).await;
    let seen = proxied.visitor().get_with("/client", &claims).await.json();
    assert_eq!(seen, json!({ "ip": "192.0.2.7", "host": "shop.example" }));
    let forged = [("x-forwarded-for", "1.2.3.4, 192.0.2.7, 10.1.1.1")];
    let seen = proxied.visitor().get_with("/client", &forged).await.json();
    assert_eq!(seen["ip"], "192.0.2.7");
}

#[tokio::test]
async fn sr_39_a_request_for_another_host_is_refused() {
    let folder = AppFolder::new();
    let server =
        Server::app(&folder, &[("APP_URL", "http://shop.example"), ("APP_TRUSTED_HOSTS", "*.shop.example")]).await;
    for (host, status) in [
        ("shop.example", 200),
        ("www.shop.example:8080", 200),
        ("127.0.0.1", 200),
        ("evil.example", 421),
        ("shop.example.evil.example", 421),
    ] {
        server.visitor().get_with("/", &[("host", host)]).await.assert_status(status);
    }
    server.visitor().get_with("/health/live", &[("host", "10.1.2.3")]).await.assert_status(200);
    // Whoever is not a trusted proxy cannot choose the host in another way.
    let elsewhere = [("host", "evil.example"), ("x-forwarded-host", "shop.example")];
    server.visitor().get_with("/", &elsewhere).await.assert_status(421).assert_no_cookie();
    server.process().complaint("add it to `trusted_hosts`").await;
}

#[tokio::test]
async fn sr_39_in_development_another_site_s_name_does_not_lead_to_the_app() {
    let folder = AppFolder::new();
    let environment = [("APP_ENV", "development"), ("APP_DEBUG", "true"), ("APP_KEY", &app_key(0xf3))];
    let server = Server::probe(&folder, &environment).await;
    let rebound = server.visitor().get_with("/fail", &[("host", "evil.example:3000")]).await;
    rebound.assert_status(421).assert_dont_see("tests/probe");
    server
        .visitor()
        .get_with("/fail", &[("host", "localhost:3000")])
        .await
        .assert_status(500)
        .assert_see("tests/probe");
}
