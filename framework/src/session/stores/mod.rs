//! The drivers that come with Salon.

mod fallback;
mod file;
mod memory;
mod null;

pub(crate) use fallback::FallbackStore;
pub(crate) use file::FileStore;
pub use memory::MemoryStore;
pub(crate) use null::NullStore;
