//! The session: the heart of Salon. It knows no HTTP and no template.
//!
//! [`Session`] is the handle that handlers hold. [`Driver`] is the contract for a driver of your own, [`Store`] the whole
//! contract that Salon's own drivers fulfil.
//!
//! The guide has [a page](mod@crate::guide::session) about it.

mod access;
mod api;
mod bag;
mod binding;
mod block;
mod built_in;
mod client;
mod codec;
mod commit;
mod config;
mod connection;
mod content;
mod context;
mod cookie;
mod core;
mod destroy;
mod driver;
mod entry;
mod error;
mod event;
mod events;
mod flash;
mod gc;
mod health;
mod horizon;
mod id;
mod input;
mod into_store;
mod journal;
mod json;
mod keys;
mod lifetime;
mod load;
mod lock;
mod lock_guard;
mod locking;
mod manager;
mod migration;
mod minutes;
mod path;
mod queue;
mod record;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod session;
mod session_driver;
mod settings;
mod state;
mod store;
mod stores;
#[doc(hidden)]
pub mod testing;
mod token;

#[cfg(test)]
mod tests;

pub use access::{Access, Concurrency, concurrency, read_only};
pub use binding::Binding;
pub use config::{Secure, SessionConfig};
pub use cookie::CookieChange;
pub use driver::Driver;
pub use error::{BoxError, Error, Result, StoreResult};
pub use event::SessionEvent;
pub use health::FailingDriver;
pub use id::{Digest, Id};
pub use input::ErrorBag;
pub use into_store::{IntoStore, IsDriver, IsStore};
pub use keys::Keys;
pub use lock::Lock;
pub use locking::Locking;
pub use manager::SessionManager;
pub use minutes::Minutes;
pub use record::{Forward, Found, Record};
pub use session::Session;
pub use session_driver::SessionDriver;
pub use settings::{OnStoreError, SameSite};
pub use store::{Collected, Creation, Listing, Page, Store, Update};
pub use stores::MemoryStore;
#[cfg(feature = "_sql")]
pub(crate) use stores::migration as table_migration;

pub(crate) use client::Client;
pub(crate) use commit::Ending;
pub(crate) use cookie::MAX_BYTES as MAX_COOKIE_BYTES;
pub(crate) use flash::Exchange;
pub(crate) use migration::{Migrated, MigrationError};
pub(crate) use settings::CookieSettings;
