//! The drivers that come with Salon.

mod cookie;
mod file;
mod memory;
mod null;

pub(crate) use cookie::{Brought, CookieStore, open as open_cookie};
pub(crate) use file::FileStore;
pub use memory::MemoryStore;
pub(crate) use null::NullStore;
