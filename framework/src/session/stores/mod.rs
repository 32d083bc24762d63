//! The drivers that come with Salon.

mod file;
#[cfg(feature = "memcached")]
mod memcached;
mod memory;
mod null;

pub(crate) use file::FileStore;
#[cfg(feature = "memcached")]
pub(crate) use memcached::MemcachedStore;
pub use memory::MemoryStore;
pub(crate) use null::NullStore;
