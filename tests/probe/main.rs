//! An app with routes that the template does not need: slow ones, failing ones, and a driver of its own.
//!
//! The tests in `features/` run it as a process, with the template's configuration.

mod alone;
mod by_hand;
mod database;
mod flash;
mod forms;
mod gate;
mod kernel;
mod leak;
mod ledger;
mod marker;
mod sessions;
mod streams;

use std::process::ExitCode;

use salon::{Application, Result, ServiceProvider, facades, foundation::health};

use ledger::{Ledger, LedgerDriver};
use marker::Markers;

struct LedgerProvider;

impl ServiceProvider for LedgerProvider {
    fn register(&self, app: &Application) -> Result<()> {
        app.bind(Ledger::default());
        app.bind(Markers::default());
        Ok(())
    }

    async fn boot(&self, app: &Application) -> Result<()> {
        let ledger = app.get::<Ledger>().ok_or_else(salon::http::Error::not_found)?;
        facades::Session::extend("ledger", move |_config| {
            let ledger = (*ledger).clone();
            async move { Ok(LedgerDriver::new(ledger)) }
        })
    }
}

fn main() -> ExitCode {
    let app = Application::configure()
        .kernel(kernel::Kernel)
        .provider(LedgerProvider)
        .routes("web", sessions::routes)
        .routes("web", flash::routes)
        .routes("web", alone::routes)
        .routes("web", forms::pages)
        .routes("web", leak::routes)
        .routes("web", database::routes)
        .routes("forms", forms::forms)
        .routes("by-hand", by_hand::routes)
        .routes("bare", gate::routes)
        .routes("bare", ledger::routes)
        .routes("bare", streams::routes)
        .routes("bare", marker::routes)
        .routes("bare", |route| {
            route.get("/health/live", health::live);
            route.get("/health/ready", health::ready);
        });
    salon::main(app)
}
