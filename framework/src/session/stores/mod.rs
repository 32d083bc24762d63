//! The drivers that come with Salon.

#[cfg(feature = "_sql")]
mod database;
mod file;
mod memory;
mod null;

#[cfg(feature = "_sql")]
pub(crate) use database::{DatabaseStore, migration};
pub(crate) use file::FileStore;
pub use memory::MemoryStore;
pub(crate) use null::NullStore;
