//! The drivers that come with Salon.
//!
//! Every store is a folder with these files, and others of its own: `mod.rs` says what a record looks like there, how a
//! write stays atomic and what the store cannot do; `store.rs` implements [`Store`](crate::Store); `error.rs` holds its
//! errors, if it has some of its own. What several stores share is next to the folders: [`tombstone`].

mod adapter;
pub(crate) mod context;
mod cookie;
#[cfg(feature = "_sql")]
mod database;
mod fallback;
mod file;
#[cfg(feature = "memcached")]
mod memcached;
mod memory;
mod null;
#[cfg(feature = "redis")]
mod redis;
mod tombstone;

pub(crate) use adapter::DriverStore;
pub(crate) use cookie::{SealedCarrier, open as open_cookie};
#[cfg(feature = "_sql")]
pub(crate) use database::DatabaseStore;
#[cfg(feature = "_sql")]
pub use database::migration;
pub(crate) use fallback::FallbackStore;
pub(crate) use file::FileStore;
#[cfg(feature = "memcached")]
pub(crate) use memcached::MemcachedStore;
pub use memory::MemoryStore;
pub(crate) use null::NullStore;
#[cfg(feature = "redis")]
pub(crate) use redis::RedisStore;

pub(crate) use context::DriverContext;
