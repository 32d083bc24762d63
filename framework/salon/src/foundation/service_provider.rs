//! Service providers, which create an app's services.

use std::{future::Future, pin::Pin};

use super::Application;
use crate::http::Result;

/// Creates services and binds them in the container at startup.
///
/// Every provider's `register` runs before any provider's `boot`, so `boot` may use what others registered.
///
/// ```
/// use salon::{Application, Result, ServiceProvider};
///
/// struct Mailer;
///
/// struct AppServiceProvider;
///
/// impl ServiceProvider for AppServiceProvider {
///     fn register(&self, app: &Application) -> Result<()> {
///         app.bind(Mailer);
///         Ok(())
///     }
///
///     async fn boot(&self, _app: &Application) -> Result<()> {
///         Ok(())
///     }
/// }
/// ```
pub trait ServiceProvider: Send + Sync + 'static {
    /// Binds values in the container. The values of other providers may not be bound yet.
    ///
    /// # Errors
    /// Returns any error that should keep the app from starting.
    fn register(&self, _app: &Application) -> Result<()> {
        Ok(())
    }

    /// Runs once everything is registered, before the first request: to connect, to check, to extend.
    ///
    /// # Errors
    /// Returns any error that should keep the app from starting.
    fn boot(&self, _app: &Application) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }
}

type Booting<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A provider with its type erased.
pub(super) trait DynProvider: Send + Sync {
    fn register(&self, app: &Application) -> Result<()>;
    fn boot<'a>(&'a self, app: &'a Application) -> Booting<'a>;
}

impl<P: ServiceProvider> DynProvider for P {
    fn register(&self, app: &Application) -> Result<()> {
        ServiceProvider::register(self, app)
    }

    fn boot<'a>(&'a self, app: &'a Application) -> Booting<'a> {
        Box::pin(ServiceProvider::boot(self, app))
    }
}
