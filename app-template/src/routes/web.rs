//! Pages: every route here has a session, and its forms have CSRF protection. See the group "web" in
//! `src/http/kernel.rs`.

use salon::routing::Router;

use crate::http::controllers::{flash, guestbook, home};

/// Registers the routes of the pages.
pub fn web(route: &mut Router) {
    route.get("/", home::index).name("home");
    route.post("/forget", home::forget).name("forget");

    route.get("/guestbook", guestbook::index).name("guestbook");
    route.post("/guestbook", guestbook::store).name("guestbook.store").middleware("throttle:10,1");

    route
        .group("/flash", |route| {
            route.get("/", flash::index).name("");
            route.post("/set", flash::set).name(".set");
            route.post("/now", flash::now).name(".now");
            route.post("/keep", flash::keep).name(".keep");
            route.post("/reflash", flash::reflash).name(".reflash");
            route.post("/temporary", flash::temporary).name(".temporary");
        })
        .name("flash");
}
