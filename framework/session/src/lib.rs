//! Sessions for any Rust web service: no write is lost, and no race brings back a session that has ended. The crate
//! contains no web server, no router and no templates.
//!
//! * [`Session`] is the handle that handlers use: `get`, `put`, `flash`, `login`, `logout` and more.
//! * [`SessionManager`] opens drivers by name, and is built from a [`SessionConfig`].
//! * [`Visit`] is one request's use of a session, from the cookie to the response. A web framework that wants sessions
//!   needs only this type. [`Sessions`] is how any tower service, such as an axum app, uses it: the module [`tower`] shows
//!   how, and the [`guide`] has the details.
//! * [`Driver`] is the contract for a driver of your own, in six methods. [`Store`] is the complete contract, which
//!   Salon's own drivers implement.
//! * [`SessionEvent`] reports what happens to sessions: created, renewed, ended, merged, and what went wrong.
//!
//! Inside, each folder has one subject, and its `mod.rs` is the place to start reading: `contract` (drivers), `data`
//! (what a session holds), `codec` (records as bytes), `config`, `events`, `stores` (the built-in drivers), `manager`,
//! and `visit` (a request, from beginning to end).

mod codec;
mod config;
mod contract;
mod data;
#[doc(hidden)]
pub mod doc_support;
mod error;
mod events;
pub mod guide;
mod limits;
mod manager;
mod stores;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod tower;
mod visit;

pub use config::{
    Access, Binding, Concurrency, CookieSettings, Minutes, OnStoreError, SameSite, Secure, SessionConfig, concurrency,
    read_only,
};
pub use contract::{
    BoxError, Collected, Creation, Digest, Driver, Forward, Found, Id, Listing, Lock, Locking, Page, Record, Store,
    StoreError, StoreResult, Unlocking, Update,
};
pub use data::{DefaultValue, ErrorBag, Keys};
pub use error::{Error, Result};
pub use events::SessionEvent;
pub use manager::{
    BuildError, FailingDriver, IntoStore, IsDriver, IsStore, Migrated, MigrationError, SessionManager,
    SessionManagerBuilder,
};
pub use stores::MemoryStore;
#[cfg(feature = "_sql")]
#[doc(hidden)]
pub use stores::migration as table_migration;
#[cfg(feature = "axum")]
pub use tower::MissingSession;
pub use tower::{CsrfLayer, SessionLayer, Sessions, SessionsBuilder, SessionsError};
pub use visit::{
    CachePolicy, CookieCommand, Destination, RequestFacts, ResponseFacts, Session, SessionDriver, Verdict, Visit,
};
// What the constructors of `Sessions` need from the crates below.
pub use salon_core::{
    encryption::Key,
    support::{Clock, Random, Timestamp},
};
#[cfg(feature = "_sql")]
pub use salon_database::sqlx;
