//! The drivers that come with Salon, by name.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

#[cfg(feature = "memcached")]
use super::stores::MemcachedStore;
#[cfg(feature = "redis")]
use super::stores::RedisStore;
use super::{
    environment::Environment,
    error::{BoxError, Error, Result},
    session_driver::SessionDriver,
    store::Store,
    stores::{FileStore, MemoryStore, NullStore, open_cookie},
};
#[cfg(not(all(feature = "_sql", feature = "memcached", feature = "redis")))]
use crate::database::DatabaseError;

type Opening = Pin<Box<dyn Future<Output = Result<SessionDriver>> + Send>>;

/// Opens a driver.
pub(crate) type Factory = Arc<dyn Fn(Environment) -> Opening + Send + Sync>;

/// The name of the driver that keeps sessions in the visitors' cookies.
pub(crate) const COOKIE: &str = "cookie";

/// Every driver that comes with Salon.
pub(crate) fn factories() -> BTreeMap<String, Factory> {
    let memory = || factory(|_| async { Ok(MemoryStore::default()) });
    let factories = [
        (
            "file",
            factory(|environment| async move {
                let path = environment.databases.root().join(&environment.config.files);
                FileStore::open(&path, environment.config.durable)
            }),
        ),
        ("database", database()),
        ("memory", memory()),
        ("array", memory()),
        ("memcached", memcached()),
        ("null", factory(|_| async { Ok(NullStore::open()) })),
        ("redis", redis()),
        (COOKIE, Arc::new(|environment| Box::pin(std::future::ready(cookies(environment))))),
    ];
    factories.into_iter().map(|(name, factory)| (name.to_owned(), factory)).collect()
}

fn cookies(environment: Environment) -> Result<SessionDriver> {
    let (name, core) = (environment.name.clone(), Arc::clone(&environment.core));
    match open_cookie(environment) {
        Ok(store) => Ok(SessionDriver::on_cookies(name, store, core)),
        Err(source) => Err(Error::Open { name, source }),
    }
}

#[cfg(feature = "_sql")]
fn database() -> Factory {
    factory(|environment| async move { super::stores::DatabaseStore::open(&environment).await })
}

/// Without a database that is compiled in: why there is none.
#[cfg(not(feature = "_sql"))]
fn database() -> Factory {
    factory(|environment| async move {
        let connection = environment.databases.connection(environment.config.named_connection())?;
        let expected = "an SQL database (SQLite, PostgreSQL, MySQL or MariaDB)";
        Err::<NullStore, BoxError>(DatabaseError::WrongKind { connection: connection.name, expected }.into())
    })
}

#[cfg(feature = "memcached")]
fn memcached() -> Factory {
    factory(MemcachedStore::open)
}

#[cfg(not(feature = "memcached"))]
fn memcached() -> Factory {
    missing("memcached")
}

#[cfg(feature = "redis")]
fn redis() -> Factory {
    factory(|environment| async move { RedisStore::open(&environment).await })
}

#[cfg(not(feature = "redis"))]
fn redis() -> Factory {
    missing("redis")
}

/// A driver that is known, and not compiled in: its feature, and the connection that it is on by default, have its name.
#[cfg(not(all(feature = "memcached", feature = "redis")))]
fn missing(feature: &'static str) -> Factory {
    factory(move |environment| {
        let connection = environment.config.named_connection().unwrap_or(feature).to_owned();
        async move { Err::<NullStore, BoxError>(DatabaseError::MissingFeature { connection, feature }.into()) }
    })
}

fn factory<S, F>(open: impl Fn(Environment) -> F + Send + Sync + 'static) -> Factory
where
    S: Store,
    F: Future<Output = std::result::Result<S, BoxError>> + Send + 'static,
{
    Arc::new(move |environment| {
        let (name, core) = (environment.name.clone(), Arc::clone(&environment.core));
        let opening = open(environment);
        Box::pin(async move {
            let store = opening.await.map_err(|source| Error::Open { name: name.clone(), source })?;
            Ok(SessionDriver::new(&name, Arc::new(store), core))
        })
    })
}
