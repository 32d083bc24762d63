//! The app's own provider.

use salon::{Application, Result, ServiceProvider};

/// Makes the app's services. Bind them in `register`; in `boot` use what others have bound.
pub struct AppServiceProvider;

impl ServiceProvider for AppServiceProvider {
    /// `app.bind(Mailer::new())` here, and a handler may ask for `Inject<Mailer>`.
    fn register(&self, _app: &Application) -> Result<()> {
        Ok(())
    }

    /// A session driver of your own is registered here: `facades::Session::extend("ledger", |_config| async { Ok(Ledger::new()) })?`,
    /// and `SESSION_DRIVER=ledger` keeps sessions in it. The page "custom driver" of Salon's guide builds one and tests it.
    async fn boot(&self, _app: &Application) -> Result<()> {
        Ok(())
    }
}
