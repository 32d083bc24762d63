//! The drivers that come with Salon.

mod file;
mod memory;
mod null;
#[cfg(feature = "redis")]
mod redis;

pub(crate) use file::FileStore;
pub use memory::MemoryStore;
pub(crate) use null::NullStore;
#[cfg(feature = "redis")]
pub(crate) use redis::RedisStore;
