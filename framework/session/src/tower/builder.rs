//! Where sessions are kept, and how.

use std::{
    fmt,
    future::{Future, IntoFuture},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use salon_core::{
    config::Config,
    encryption::{Key, KeyRing},
    support::{Clock, Random},
};
#[cfg(any(feature = "_sql", feature = "redis", feature = "memcached"))]
use salon_database::ConnectionConfig;
use salon_database::{DatabaseConfig, DatabaseManager};

#[cfg(feature = "_sql")]
use crate::tower::source::SqlSource;
use crate::{
    config::{Minutes, Secure, SessionConfig},
    manager::{IntoStore, SessionManager},
    tower::{error::SessionsError, sessions::Sessions, source::ConfigSource},
};

/// The name of a driver of the app's own.
const CUSTOM: &str = "custom";
/// In a tower app nothing says which address visitors use, so `secure = "auto"` means secure.
const BASE_URL: &str = "https://";

type Register = Box<dyn FnOnce(&SessionManager) + Send>;

/// Builds [`Sessions`]. Await it to open the driver, so that a wrong URL stops the start and not a visitor.
///
/// The defaults are those of [`SessionConfig`], with one exception: the cookie is `Secure` and named `__Host-session`.
///
/// ```
/// use std::time::Duration;
/// use salon_session::{SameSite, Sessions};
///
/// # salon_session::doc_support::block_on(async {
/// let sessions = Sessions::memory()
///     .lifetime(Duration::from_secs(24 * 60 * 60))
///     .cookie_name("shop")
///     .configure(|config| config.same_site = SameSite::Strict)
///     .await?;
/// assert_eq!(sessions.manager().cookie().name(), "__Host-shop");
/// # Ok::<(), salon_session::SessionsError>(())
/// # }).unwrap();
/// ```
#[must_use = "a builder does nothing until it is awaited, or `build` is called"]
pub struct SessionsBuilder {
    config: SessionConfig,
    app_name: Option<String>,
    databases: Arc<DatabaseManager>,
    key: Option<Key>,
    previous_keys: Vec<Key>,
    register: Option<Register>,
    clock: Clock,
    creates_table: bool,
    /// What a constructor could not do, and could not report.
    problem: Option<SessionsError>,
}

impl Sessions {
    /// Keeps sessions in the memory of this process: they end with it. For tests, and for apps of one process that may
    /// forget.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// let sessions = salon_session::Sessions::memory().await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    pub fn memory() -> SessionsBuilder {
        SessionsBuilder::new("memory")
    }

    /// Keeps sessions in files, in a folder for nothing else. It is created if it does not exist; a relative path begins at
    /// the working directory. Several processes of one machine may share it.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let folder = tempfile::tempdir().unwrap().keep();
    /// # let folder = folder.join("sessions");
    /// let sessions = salon_session::Sessions::file(&folder).await?;
    /// # std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    pub fn file(path: impl AsRef<Path>) -> SessionsBuilder {
        let (mut builder, path) = (SessionsBuilder::new("file"), path.as_ref());
        match path.to_str() {
            Some(text) => text.clone_into(&mut builder.config.files),
            None => builder.problem = Some(SessionsError::Path { path: path.to_owned() }),
        }
        builder
    }

    /// Keeps sessions in Redis or Valkey: `redis://`, `rediss://` (TLS, feature `tls`), `redis+unix://`,
    /// `redis+sentinel://` or `redis+cluster://`.
    ///
    /// Two apps on one server need different names: see [`app_name`](SessionsBuilder::app_name).
    ///
    /// ```no_run
    /// # salon_session::doc_support::block_on(async {
    /// let sessions = salon_session::Sessions::redis("redis://127.0.0.1").await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "redis")]
    pub fn redis(url: &str) -> SessionsBuilder {
        SessionsBuilder::connected("redis", "redis", url)
    }

    /// Keeps sessions in memcached. The URL lists all servers: `memcached://10.0.0.1:11211,10.0.0.2:11211`.
    ///
    /// ```no_run
    /// # salon_session::doc_support::block_on(async {
    /// let sessions = salon_session::Sessions::memcached("memcached://127.0.0.1:11211").await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "memcached")]
    pub fn memcached(url: &str) -> SessionsBuilder {
        SessionsBuilder::connected("memcached", "memcached", url)
    }

    /// Keeps sessions in SQLite: in a file (a path, or a URL that begins with `sqlite:`), or over the app's own pool. The
    /// file is created if it does not exist; for the table see [`create_table`](SessionsBuilder::create_table).
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("app.sqlite");
    /// let sessions = salon_session::Sessions::sqlite(path).create_table().await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn sqlite(source: impl Into<SqlSource<sqlx::SqlitePool>>) -> SessionsBuilder {
        let source = match source.into() {
            SqlSource::Url(path) if !path.starts_with("sqlite:") => {
                SqlSource::Url(format!("sqlite:{}", path.replace('%', "%25").replace('?', "%3F")))
            }
            source => source,
        };
        SessionsBuilder::database("sqlite", source)
    }

    /// Keeps sessions in PostgreSQL: `postgres://user:password@host/database`, or over the app's own pool. For the table see
    /// [`create_table`](SessionsBuilder::create_table).
    ///
    /// ```no_run
    /// use salon_session::{Sessions, sqlx::PgPool};
    ///
    /// # salon_session::doc_support::block_on(async {
    /// let pool = PgPool::connect("postgres://app@127.0.0.1/app").await?;
    /// let sessions = Sessions::postgres(pool).create_table().await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "postgres")]
    pub fn postgres(source: impl Into<SqlSource<sqlx::PgPool>>) -> SessionsBuilder {
        SessionsBuilder::database("postgres", source.into())
    }

    /// Keeps sessions in MySQL or MariaDB: `mysql://user:password@host/database`, or over the app's own pool. For the table
    /// see [`create_table`](SessionsBuilder::create_table).
    ///
    /// ```no_run
    /// # salon_session::doc_support::block_on(async {
    /// let sessions = salon_session::Sessions::mysql("mysql://app@127.0.0.1/app").create_table().await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "mysql")]
    pub fn mysql(source: impl Into<SqlSource<sqlx::MySqlPool>>) -> SessionsBuilder {
        SessionsBuilder::database("mysql", source.into())
    }

    /// Keeps each session in its visitor's cookie, sealed with this key. A session may take 4096 bytes there, parallel
    /// requests are not merged, and an ended session can be brought back by a copy of its cookie, unless
    /// `config.revocations` names a driver that remembers those.
    ///
    /// ```
    /// use salon_session::{Key, Random, Sessions};
    ///
    /// # salon_session::doc_support::block_on(async {
    /// // Keep the text of the key in a secret of the deployment, and read it with `Key::parse`.
    /// let key = Key::generate(&Random::system())?;
    /// let sessions = Sessions::cookie(&key).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn cookie(key: &Key) -> SessionsBuilder {
        SessionsBuilder { key: Some(key.clone()), ..SessionsBuilder::new("cookie") }
    }

    /// Keeps sessions in a [`Driver`](crate::Driver) or a [`Store`](crate::Store) of your own.
    ///
    /// ```
    /// use salon_session::{MemoryStore, Sessions};
    ///
    /// # salon_session::doc_support::block_on(async {
    /// let sessions = Sessions::custom(MemoryStore::default()).await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    pub fn custom<S, Kind>(store: S) -> SessionsBuilder
    where
        S: IntoStore<Kind>,
        Kind: 'static,
    {
        let register = move |manager: &SessionManager| {
            let store = Mutex::new(Some(store));
            manager.extend(CUSTOM, move |_config| {
                let store = store.lock().unwrap_or_else(PoisonError::into_inner).take();
                std::future::ready(store.ok_or_else(|| "it failed to open before, and cannot be opened again".into()))
            });
        };
        SessionsBuilder { register: Some(Box::new(register)), ..SessionsBuilder::new(CUSTOM) }
    }

    /// Uses a configuration: a [`SessionConfig`], or the folder to read it from.
    ///
    /// Of a folder it reads `config/session.toml` and `config/database.toml`, then `.env`, then the environment
    /// (`SESSION_DRIVER`, `SESSION_LIFETIME` and so on); the later wins. `secure = "auto"` means secure here.
    ///
    /// ```
    /// use salon_session::Sessions;
    ///
    /// # salon_session::doc_support::block_on(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::fs::create_dir(folder.path().join("config")).unwrap();
    /// # std::fs::write(folder.path().join("config/session.toml"), "driver = \"memory\"").unwrap();
    /// # let folder = folder.path();
    /// let sessions = Sessions::from_config(folder).await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    pub fn from_config(source: impl Into<ConfigSource>) -> SessionsBuilder {
        let read = |folder: PathBuf| {
            let config = Config::load(&folder)?;
            let databases = DatabaseManager::new(folder, config.section()?);
            Ok(SessionsBuilder { databases: Arc::new(databases), ..SessionsBuilder::of(config.section()?) })
        };
        match source.into() {
            ConfigSource::Config(config) => SessionsBuilder::of(*config),
            ConfigSource::Folder(folder) => read(folder).unwrap_or_else(|error| SessionsBuilder {
                problem: Some(SessionsError::Config(error)),
                ..SessionsBuilder::new("memory")
            }),
        }
    }
}

impl SessionsBuilder {
    fn of(config: SessionConfig) -> Self {
        Self {
            config,
            app_name: None,
            databases: Arc::new(DatabaseManager::new(PathBuf::new(), DatabaseConfig::default())),
            key: None,
            previous_keys: Vec::new(),
            register: None,
            clock: Clock::system(),
            creates_table: false,
            problem: None,
        }
    }

    fn new(driver: &str) -> Self {
        Self::of(SessionConfig { driver: driver.to_owned(), ..SessionConfig::default() })
    }

    #[cfg(any(feature = "_sql", feature = "redis", feature = "memcached"))]
    fn connected(driver: &str, connection: &str, url: &str) -> Self {
        let mut config = DatabaseConfig::default();
        config.connections.insert(connection.to_owned(), ConnectionConfig::to(url));
        let mut builder = Self::new(driver);
        connection.clone_into(&mut builder.config.connection);
        Self { databases: Arc::new(DatabaseManager::new(PathBuf::new(), config)), ..builder }
    }

    #[cfg(feature = "_sql")]
    fn database<P: Into<salon_database::Pool>>(connection: &str, source: SqlSource<P>) -> Self {
        match source {
            SqlSource::Url(url) => Self::connected("database", connection, &url),
            SqlSource::Pool(pool) => {
                Self { databases: Arc::new(DatabaseManager::with_pool(pool)), ..Self::new("database") }
            }
        }
    }

    /// Sets whether the cookie is sent over https only. Default true, with the prefix `__Host-`. Use `false` for plain http,
    /// for example in development. Most browsers send secure cookies to `localhost` over http, too.
    pub const fn secure(mut self, is_secure: bool) -> Self {
        self.config.secure = if is_secure { Secure::Always } else { Secure::Never };
        self
    }

    /// Sets how long a session lives without a request. Default two hours.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.config.lifetime = Minutes(lifetime.as_secs_f64() / 60.0);
        self
    }

    /// Sets the name of the cookie, without the prefix `__Host-` or `__Secure-`, which it gets if its attributes allow it.
    /// Default "session".
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.config.cookie = name.into();
        self
    }

    /// Sets the key of the app. With it, a page with a form stores no session for a guest: the token of the form is bound to the
    /// browser by a cookie that is signed with this key. Default none.
    ///
    /// ```
    /// use salon_session::{Key, Random, Sessions};
    ///
    /// # salon_session::doc_support::block_on(async {
    /// // Keep the text of the key in a secret of the deployment, and read it with `Key::parse`.
    /// let key = Key::generate(&Random::system())?;
    /// let sessions = Sessions::memory().key(&key).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn key(mut self, key: &Key) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// Encrypts the content of sessions with this key, so that whoever can read the store cannot read them. Default off. The
    /// driver `cookie` encrypts always.
    pub fn encrypt_with(mut self, key: &Key) -> Self {
        self.config.encrypt = true;
        self.key = Some(key.clone());
        self
    }

    /// Adds earlier keys, which can still open what they have sealed. They have no effect without a current key. Default
    /// none.
    pub fn previous_keys(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.previous_keys.extend(keys);
        self
    }

    /// Sets the name of the app, which the keys in Redis and memcached begin with. Two apps on one server need different
    /// names. Default "salon".
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = Some(name.into());
        self
    }

    /// Changes any other setting.
    ///
    /// ```
    /// use salon_session::{Minutes, Sessions};
    ///
    /// # salon_session::doc_support::block_on(async {
    /// let sessions = Sessions::memory()
    ///     .configure(|config| {
    ///         config.absolute_lifetime = Minutes(8.0 * 60.0);
    ///         config.regenerate_every = Minutes(15.0);
    ///     })
    ///     .await?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    pub fn configure(mut self, change: impl FnOnce(&mut SessionConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Creates the table of an SQL database when the sessions are opened, unless it exists. The guide shows the `CREATE
    /// TABLE` for apps that have migrations of their own. Other drivers need no table; that of a fallback is not created.
    pub const fn create_table(mut self) -> Self {
        self.creates_table = true;
        self
    }

    /// Sets the clock, so that a test can let time pass. Default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Builds the sessions without opening the driver: the first request does so. Await the builder to open it now.
    ///
    /// ```
    /// let sessions = salon_session::Sessions::memory().build()?;
    /// # Ok::<(), salon_session::SessionsError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the configuration cannot be read or contradicts itself, or if a key is missing.
    pub fn build(self) -> Result<Sessions, SessionsError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let keys = self.key.map(|key| KeyRing::new(key, self.previous_keys, Random::system()));
        let builder = SessionManager::builder(self.config).base_url(BASE_URL).databases(self.databases);
        let builder = builder.keys(keys).clock(self.clock);
        let manager = match self.app_name {
            Some(name) => builder.app_name(name).build()?,
            None => builder.build()?,
        };
        if let Some(register) = self.register {
            register(&manager);
        }
        Ok(Sessions::new(manager))
    }

    async fn open(self) -> Result<Sessions, SessionsError> {
        #[cfg(feature = "_sql")]
        let table = self.table();
        let sessions = self.build()?;
        #[cfg(feature = "_sql")]
        if let Some(table) = table {
            table.create().await?;
        }
        sessions.manager().open_default().await?;
        Ok(sessions)
    }

    #[cfg(feature = "_sql")]
    fn table(&self) -> Option<Table> {
        let connection = self.config.named_connection().map(str::to_owned);
        let table = Table { databases: Arc::clone(&self.databases), connection, name: self.config.table.clone() };
        (self.creates_table && self.config.driver == "database").then_some(table)
    }
}

impl IntoFuture for SessionsBuilder {
    type Output = Result<Sessions, SessionsError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

impl fmt::Debug for SessionsBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionsBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(feature = "_sql")]
struct Table {
    databases: Arc<DatabaseManager>,
    connection: Option<String>,
    name: String,
}

#[cfg(feature = "_sql")]
impl Table {
    /// Creates the table, unless it exists. Another process may do so at the same time.
    async fn create(self) -> Result<(), salon_database::DatabaseError> {
        let pool = self.databases.pool(self.connection.as_deref()).await?;
        if pool.has_table(&self.name).await? {
            return Ok(());
        }
        let (up, _) = crate::stores::migration(pool.dialect(), &self.name);
        let created = pool.run(up).await;
        if created.is_err() && pool.has_table(&self.name).await? { Ok(()) } else { created }
    }
}
