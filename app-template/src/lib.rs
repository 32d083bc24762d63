//! The app: its kernel, its providers, its routes.

pub mod http;
pub mod providers;
pub mod routes;

use salon::{Application, ApplicationBuilder};

/// Puts the app together, for `main` and for the tests.
pub fn app() -> ApplicationBuilder {
    Application::configure()
        .kernel(http::kernel::Kernel)
        .provider(providers::app_service_provider::AppServiceProvider)
        .routes("web", routes::web::web)
        .routes("api", routes::api::api)
        .routes("health", routes::health::health)
}
