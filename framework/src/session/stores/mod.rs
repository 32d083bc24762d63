//! The drivers that come with Salon.

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

#[cfg(feature = "_sql")]
pub(crate) use database::{DatabaseStore, migration};
pub(crate) use fallback::FallbackStore;
pub(crate) use file::FileStore;
#[cfg(feature = "memcached")]
pub(crate) use memcached::MemcachedStore;
pub use memory::MemoryStore;
pub(crate) use null::NullStore;
#[cfg(feature = "redis")]
pub(crate) use redis::RedisStore;
