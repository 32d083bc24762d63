//! The contract between sessions and the place where they are kept.

pub(crate) mod driver;
pub(crate) mod error;
pub(crate) mod id;
pub(crate) mod lock;
pub(crate) mod locking;
pub(crate) mod record;
pub(crate) mod store;
