//! Routes for API clients: no session, no cookie. See the group "api" in `src/http/kernel.rs`.

use salon::{http::Json, routing::Router};

/// Registers the routes of the API.
pub fn api(route: &mut Router) {
    route.group("/api", |route| route.get("/health", || async { Json("ok") }).name("api.health"));
}
