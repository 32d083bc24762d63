//! Builds and boots an application.

use std::{env, path::PathBuf, sync::Arc};

use super::{
    Application, BootError, Kernel, ServiceProvider, facades, find_root, logging::start_logging,
    service_provider::DynProvider,
};
use crate::{
    config::{AppConfig, Config, ConfigBuilder, LoggingConfig, ServerConfig},
    database::{DatabaseConfig, DatabaseManager},
    encryption::KeyRing,
    http::{Hosts, Shutdown, public_files::PublicFiles},
    middleware::VerifyCsrfToken,
    routing::{Registered, RouteTable, Router},
    session::{BuildError, SessionConfig, SessionManager},
    support::{Clock, Container, Random},
    view::{ErrorPages, ViewEngine},
};

type Registration = Box<dyn FnOnce(&mut Router) + Send>;
type ConfigureConfig = Box<dyn FnOnce(ConfigBuilder) -> ConfigBuilder + Send>;

/// An app that has not booted yet: its kernel, providers and routes.
#[derive(Default)]
#[must_use = "an app does nothing until it is given to `salon::main`"]
pub struct ApplicationBuilder {
    kernel: Option<Box<dyn Kernel>>,
    providers: Vec<Box<dyn DynProvider>>,
    routes: Vec<(String, Registration)>,
    root: Option<PathBuf>,
    configure: Vec<ConfigureConfig>,
    clock: Clock,
    random: Random,
    is_logged: bool,
}

impl ApplicationBuilder {
    /// Sets the kernel, which says what middleware runs where.
    pub fn kernel(mut self, kernel: impl Kernel) -> Self {
        self.kernel = Some(Box::new(kernel));
        self
    }

    /// Adds a provider. Providers boot in the order in which they are added.
    pub fn provider(mut self, provider: impl ServiceProvider) -> Self {
        self.providers.push(Box::new(provider));
        self
    }

    /// Adds routes, under one of the kernel's groups of middleware.
    pub fn routes<R: Registered>(
        mut self,
        group: &str,
        register: impl FnOnce(&mut Router) -> R + Send + 'static,
    ) -> Self {
        self.routes.push((group.to_owned(), Box::new(|router| drop(register(router)))));
        self
    }

    /// Sets the app's folder. By default it is the nearest one upwards that contains `config/app.toml`.
    pub fn root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// Changes how the configuration is read, for tests and for apps that provide their own.
    ///
    /// ```
    /// use salon::Application;
    ///
    /// let app = Application::configure().configuration(|config| config.set("session.driver", "memory"));
    /// # let _ = app;
    /// ```
    pub fn configuration(mut self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder + Send + 'static) -> Self {
        self.configure.push(Box::new(change));
        self
    }

    /// Sets the clock that sessions use. The default is the system clock; tests can provide another one.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the source of ids and tokens. The default is the system generator; tests can provide another one.
    pub fn random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Makes the app write a log from the start, so that it contains what drivers and providers report while booting.
    pub(crate) const fn with_log(mut self) -> Self {
        self.is_logged = true;
        self
    }

    /// Reads the configuration, the first step of [`boot`](Self::boot).
    fn configuration_of(&mut self) -> Result<(PathBuf, Config), BootError> {
        let root = match self.root.take() {
            Some(root) => root,
            None => find_root(&env::current_dir().unwrap_or_default())?,
        };
        let builder = self.configure.drain(..).fold(Config::builder(&root), |builder, change| change(builder));
        Ok((root, builder.load()?))
    }

    /// Returns the app's connections and its session configuration, for commands that run before the app can boot.
    #[cfg(feature = "_sql")]
    pub(crate) fn databases(mut self) -> Result<(DatabaseManager, SessionConfig), BootError> {
        let (root, config) = self.configuration_of()?;
        Ok((DatabaseManager::new(root, config.section::<DatabaseConfig>()?), config.section()?))
    }

    /// Boots the app: configuration, sessions, views, providers, routes. It does not listen yet.
    ///
    /// # Errors
    /// Returns the first problem, and what to do about it.
    pub async fn boot(mut self) -> Result<Application, BootError> {
        let (root, config) = self.configuration_of()?;
        let config = Arc::new(config);
        let mut app: AppConfig = config.section()?;
        let logging = config.section::<LoggingConfig>()?;
        if self.is_logged {
            start_logging(&logging)?;
        }
        let container = Arc::new(Container::default());
        container.bind_shared(Arc::clone(&config));
        let server = config.section::<ServerConfig>()?;
        server.check(&app).map_err(|invalid| config.refuse::<ServerConfig>(invalid))?;
        // Before the URL is built from the address that it listens on, under which nobody need know it.
        let hosts = Hosts::new(&app);
        server.apply_to(&mut app);
        container.bind(server);
        container.bind(app.clone());
        container.bind(Shutdown::default());
        container.bind(self.clock.clone());
        container.bind(self.random.clone());
        let databases = Arc::new(DatabaseManager::new(root.clone(), config.section::<DatabaseConfig>()?));
        container.bind_shared(Arc::clone(&databases));
        container.bind(self.session_manager(databases, &config, &app)?);
        let views = Arc::new(ViewEngine::load(&root, Arc::clone(&config), app.is_development())?);
        container.bind_shared(Arc::clone(&views));
        let pages = ErrorPages::new(views, app.debug)?;
        let application = Application::new(root, Arc::clone(&config), app, Arc::clone(&container), pages, hosts);

        let providers = std::mem::take(&mut self.providers);
        facades::scope(Arc::clone(&container), boot_providers(&providers, &application)).await?;
        if let Some(sessions) = application.sessions() {
            sessions.open_default().await?;
        }
        config.finish()?;
        application.set_routes(self.compile(&application)?);
        facades::record(&container);
        Ok(application)
    }

    fn session_manager(
        &self,
        databases: Arc<DatabaseManager>,
        config: &Config,
        app: &AppConfig,
    ) -> Result<SessionManager, BootError> {
        let keys = KeyRing::from_config(&app.key, &app.previous_keys, self.random.clone())?;
        let builder = SessionManager::builder(config.section()?)
            .app_name(&app.name)
            .base_url(app.base_url())
            .databases(databases)
            .keys(keys)
            .clock(self.clock.clone())
            .random(self.random.clone());
        builder.build().map_err(|error| match error {
            BuildError::Invalid(invalid) => config.refuse::<SessionConfig>(invalid).into(),
            error => error.into(),
        })
    }

    fn compile(self, application: &Application) -> Result<RouteTable, BootError> {
        let mut table = RouteTable::builder();
        if let Some(views) = application.get::<ViewEngine>() {
            table = table.files(PublicFiles::new(views.public_folder(), application.config().is_development()));
        }
        if let Some(kernel) = self.kernel {
            table = table.global(kernel.middleware()).groups(kernel.groups()).aliases(kernel.aliases());
        }
        for (group, register) in self.routes {
            table = table.routes(Some(&group), register);
        }
        let table = table.compile(application.container())?;
        table.find_middleware::<VerifyCsrfToken>().try_for_each(VerifyCsrfToken::check)?;
        Ok(table)
    }
}

async fn boot_providers(providers: &[Box<dyn DynProvider>], application: &Application) -> Result<(), BootError> {
    for provider in providers {
        provider.register(application).map_err(BootError::Provider)?;
    }
    for provider in providers {
        provider.boot(application).await.map_err(BootError::Provider)?;
    }
    Ok(())
}

impl std::fmt::Debug for ApplicationBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ApplicationBuilder").field("providers", &self.providers.len()).finish_non_exhaustive()
    }
}
