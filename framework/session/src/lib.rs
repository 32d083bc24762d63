//! The session: the heart of Salon. It knows no HTTP and no template.
//!
//! [`Session`] is the handle that handlers hold. [`Driver`] is the contract for a driver of your own, [`Store`] the whole
//! contract that Salon's own drivers fulfil.

mod codec;
mod config;
mod contract;
mod data;
#[doc(hidden)]
pub mod doc_support;
mod error;
mod events;
mod limits;
mod manager;
mod stores;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod tower;
mod visit;

pub use config::{
    access::{Access, Concurrency, concurrency, read_only},
    binding::Binding,
    minutes::Minutes,
    section::{Secure, SessionConfig},
    settings::{CookieSettings, OnStoreError, SameSite},
};
pub use contract::{
    driver::Driver,
    error::{BoxError, StoreError, StoreResult},
    id::{Digest, Id},
    lock::Lock,
    locking::{Locking, Unlocking},
    record::{Forward, Found, Record},
    store::{Collected, Creation, Listing, Page, Store, Update},
};
pub use data::{default_value::DefaultValue, error_bag::ErrorBag, keys::Keys};
pub use error::{Error, Result};
pub use events::event::SessionEvent;
pub use manager::{
    builder::{BuildError, SessionManagerBuilder},
    health::FailingDriver,
    into_store::{IntoStore, IsDriver, IsStore},
    manager::SessionManager,
    migration::{Migrated, MigrationError},
};
pub use stores::MemoryStore;
#[cfg(feature = "_sql")]
#[doc(hidden)]
pub use stores::migration as table_migration;
pub use visit::{
    facts::{Destination, RequestFacts, ResponseFacts},
    session::Session,
    session_driver::SessionDriver,
    verdict::{CachePolicy, CookieCommand, Verdict},
    visit::Visit,
};
