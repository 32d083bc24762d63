//! The app's own provider.

use salon::{Application, Result, ServiceProvider};

/// Makes the app's services. Bind them in `register`; in `boot` use what others have bound.
pub struct AppServiceProvider;

impl ServiceProvider for AppServiceProvider {
    /// `app.bind(Mailer::new())` here, and a handler may ask for `Inject<Mailer>`.
    fn register(&self, _app: &Application) -> Result<()> {
        Ok(())
    }

    /// `facades::Session::extend("ledger", …)?` here, and `SESSION_DRIVER=ledger` keeps sessions in a ledger of yours.
    async fn boot(&self, _app: &Application) -> Result<()> {
        Ok(())
    }
}
