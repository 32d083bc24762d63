//! The drivers that come with Salon, by name.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

#[cfg(not(all(feature = "_sql", feature = "memcached", feature = "redis")))]
use salon_database::DatabaseError;

#[cfg(not(all(feature = "_sql", feature = "memcached", feature = "redis")))]
use crate::contract::error::StoreError;
#[cfg(feature = "memcached")]
use crate::stores::MemcachedStore;
#[cfg(feature = "redis")]
use crate::stores::RedisStore;
use crate::{
    contract::error::StoreResult,
    contract::store::Store,
    error::{Error, Result},
    stores::{FileStore, MemoryStore, NullStore, SealedCarrier, context::DriverContext, open_cookie},
    visit::session_driver::SessionDriver,
};

type Opening = Pin<Box<dyn Future<Output = Result<SessionDriver>> + Send>>;

/// Opens a driver.
pub(crate) type Factory = Arc<dyn Fn(DriverContext) -> Opening + Send + Sync>;

/// The name of the driver that keeps sessions in the visitors' cookies.
pub(crate) const COOKIE: &str = "cookie";

/// Every driver that comes with Salon.
pub(crate) fn factories() -> BTreeMap<String, Factory> {
    let memory = || factory(|_| async { Ok(MemoryStore::default()) });
    let factories = [
        ("file", factory(|context| async move { FileStore::open(&context) })),
        ("database", database()),
        ("memory", memory()),
        ("array", memory()),
        ("memcached", memcached()),
        ("null", factory(|_| async { Ok(NullStore::open()) })),
        ("redis", redis()),
        (COOKIE, Arc::new(|context| Box::pin(std::future::ready(cookies(context))))),
    ];
    factories.into_iter().map(|(name, factory)| (name.to_owned(), factory)).collect()
}

fn cookies(context: DriverContext) -> Result<SessionDriver> {
    let (name, core) = (context.name.clone(), Arc::clone(&context.core));
    match open_cookie(context) {
        Ok(store) => {
            let store = Arc::new(store);
            let carrier = Arc::new(SealedCarrier::new(Arc::clone(&store)));
            Ok(SessionDriver::with_carrier(&name, store, carrier, core))
        }
        Err(error) => Err(Error::Open { name, source: error.into_source() }),
    }
}

#[cfg(feature = "_sql")]
fn database() -> Factory {
    factory(|context| async move { crate::stores::DatabaseStore::open(&context).await })
}

/// Without a database that is compiled in: why there is none.
#[cfg(not(feature = "_sql"))]
fn database() -> Factory {
    factory(|context| async move {
        let connection = context.databases.connection(context.config.named_connection())?;
        let expected = "an SQL database (SQLite, PostgreSQL, MySQL or MariaDB)";
        Err::<NullStore, StoreError>(DatabaseError::WrongKind { connection: connection.name, expected }.into())
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
    factory(|context| async move { RedisStore::open(&context).await })
}

#[cfg(not(feature = "redis"))]
fn redis() -> Factory {
    missing("redis")
}

/// A driver that is known, and not compiled in: its feature, and the connection that it is on by default, have its name.
#[cfg(not(all(feature = "memcached", feature = "redis")))]
fn missing(feature: &'static str) -> Factory {
    factory(move |context| {
        let connection = context.config.named_connection().unwrap_or(feature).to_owned();
        async move { Err::<NullStore, StoreError>(DatabaseError::MissingFeature { connection, feature }.into()) }
    })
}

fn factory<S, F>(open: impl Fn(DriverContext) -> F + Send + Sync + 'static) -> Factory
where
    S: Store,
    F: Future<Output = StoreResult<S>> + Send + 'static,
{
    Arc::new(move |context| {
        let (name, core) = (context.name.clone(), Arc::clone(&context.core));
        let opening = open(context);
        Box::pin(async move {
            let store =
                opening.await.map_err(|error| Error::Open { name: name.clone(), source: error.into_source() })?;
            Ok(SessionDriver::new(&name, Arc::new(store), core))
        })
    })
}
