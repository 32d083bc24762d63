//! The drivers that come with Salon.

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
