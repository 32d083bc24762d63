//! The drivers that come with Salon, by name.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use super::{
    environment::Environment,
    error::{BoxError, Error, Result},
    session_driver::SessionDriver,
    store::Store,
    stores::{FileStore, MemoryStore, NullStore},
};
#[cfg(not(feature = "_sql"))]
use crate::database::DatabaseError;

type Opening = Pin<Box<dyn Future<Output = Result<SessionDriver>> + Send>>;

/// Opens a driver.
pub(crate) type Factory = Arc<dyn Fn(Environment) -> Opening + Send + Sync>;

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
        ("null", factory(|_| async { Ok(NullStore) })),
    ];
    factories.into_iter().map(|(name, factory)| (name.to_owned(), factory)).collect()
}

#[cfg(feature = "_sql")]
fn database() -> Factory {
    factory(|environment| async move { super::stores::DatabaseStore::open(&environment).await })
}

/// Without a database that is compiled in: why there is none.
#[cfg(not(feature = "_sql"))]
fn database() -> Factory {
    factory(|environment| async move {
        let name = &environment.config.connection;
        let connection = environment.databases.connection((!name.is_empty()).then_some(name.as_str()))?;
        let expected = "an SQL database (SQLite, PostgreSQL, MySQL or MariaDB)";
        Err::<NullStore, BoxError>(DatabaseError::WrongKind { connection: connection.name, expected }.into())
    })
}

fn factory<S, F>(open: impl Fn(Environment) -> F + Send + Sync + 'static) -> Factory
where
    S: Store,
    F: Future<Output = std::result::Result<S, BoxError>> + Send + 'static,
{
    Arc::new(move |environment| {
        let name = environment.name.clone();
        let opening = open(environment);
        Box::pin(async move {
            let store = opening.await.map_err(|source| Error::Open { name: name.clone(), source })?;
            Ok(SessionDriver::new(&name, Arc::new(store)))
        })
    })
}
