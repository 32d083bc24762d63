//! How long flash messages live, depending on the kind of the next request.

use salon_tests::{AppFolder, Method, Server, Visitor};

const SHOWN: &str = "/flash/shown";

async fn flashed(server: &Server) -> Visitor {
    let ada = server.visitor();
    ada.get("/flash").await.assert_status(200);
    ada
}

#[tokio::test]
async fn a_message_is_shown_on_one_page() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = flashed(&server).await;
    ada.get(SHOWN).await.assert_see("Saved.");
    ada.get(SHOWN).await.assert_see("none");
}

#[tokio::test]
async fn a_message_goes_with_a_redirect_and_with_the_next() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/flash-and-go").await.assert_status(303);
    ada.get("/flash/moved").await.assert_status(303);
    ada.get(SHOWN).await.assert_see("Saved.");
    ada.get(SHOWN).await.assert_see("none");
}

#[tokio::test]
async fn a_logout_says_goodbye_on_the_next_page_and_the_old_id_is_dead() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/login").await.assert_status(200);
    let stolen = ada.copy();
    ada.get("/logout-and-go").await.assert_status(303);
    ada.get(SHOWN).await.assert_see("Goodbye.");
    ada.get(SHOWN).await.assert_see("none");
    ada.get("/user").await.assert_see("null");
    assert_ne!(ada.cookie("session"), stolen.cookie("session"));
    stolen.get("/user").await.assert_see("null");
    stolen.get("/all").await.assert_see("{}");
}

#[tokio::test]
async fn a_page_that_could_have_shown_a_message_uses_it_up() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = flashed(&server).await;
    ada.get("/flash/ignored").await.assert_status(200);
    ada.get(SHOWN).await.assert_see("none");
}

#[tokio::test]
async fn requests_that_show_nothing_use_nothing_up() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = flashed(&server).await;
    for method in [Method::HEAD, Method::OPTIONS] {
        ada.ask(method, SHOWN).await;
    }
    for header in [("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")] {
        ada.get_with(SHOWN, &[header]).await.assert_status(200);
    }
    for destination in ["image", "script", "style", "font", "empty"] {
        ada.get_with("/flash/ignored", &[("sec-fetch-dest", destination)]).await.assert_status(200);
    }
    ada.get("/api/nowhere").await.assert_status(404);
    ada.get("/flash/failed").await.assert_status(500);
    ada.get("/panic").await.assert_status(500);
    ada.get(SHOWN).await.assert_see("Saved.");
    ada.get(SHOWN).await.assert_see("none");
}

#[tokio::test]
async fn a_script_that_read_the_message_has_used_it_up() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = flashed(&server).await;
    ada.get_with(SHOWN, &[("sec-fetch-dest", "empty")]).await.assert_see("Saved.");
    ada.get(SHOWN).await.assert_see("none");
}
