//! The app's own provider.

use salon::{Application, Result, ServiceProvider};

/// Creates the app's services. Bind them in `register`; in `boot`, use what other providers have bound.
pub struct AppServiceProvider;

impl ServiceProvider for AppServiceProvider {
    /// Bind services here: after `app.bind(Mailer::new())`, a handler can take `Inject<Mailer>`.
    fn register(&self, _app: &Application) -> Result<()> {
        Ok(())
    }

    /// Register a session driver of your own here:
    /// `facades::Session::extend("ledger", |_config| async { Ok(Ledger::new()) })?`. Then `SESSION_DRIVER=ledger` selects
    /// it. The page "custom driver" of Salon's guide builds a driver and tests it.
    async fn boot(&self, _app: &Application) -> Result<()> {
        Ok(())
    }
}
