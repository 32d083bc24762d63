//! Routes for load balancers and orchestrators: no session, no rate limit. See the group "health" in
//! `src/http/kernel.rs`.

use salon::{foundation::health, routing::Router};

/// `/health/live` succeeds while the process runs, `/health/ready` while sessions can be stored as well.
pub fn health(route: &mut Router) {
    route.get("/health/live", health::live).name("health.live");
    route.get("/health/ready", health::ready).name("health.ready");
}
