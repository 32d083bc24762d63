//! Addresses for load balancers and orchestrators: no session, no limit. See the group "health" in `src/http/kernel.rs`.

use salon::{foundation::health, routing::Router};

/// `/health/live` answers as long as the process does; `/health/ready` as long as sessions can be kept, too.
pub fn health(route: &mut Router) {
    route.get("/health/live", health::live).name("health.live");
    route.get("/health/ready", health::ready).name("health.ready");
}
