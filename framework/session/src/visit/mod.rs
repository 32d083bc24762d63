//! One request's use of a session.

pub(crate) mod block;
pub(crate) mod carrier;
pub(crate) mod client;
pub(crate) mod commit;
pub(crate) mod cookie;
pub(crate) mod core;
pub(crate) mod destroy;
pub(crate) mod dyn_store;
pub(crate) mod facts;
pub(crate) mod load;
pub(crate) mod lock_guard;
mod methods;
pub(crate) mod queue;
pub(crate) mod session;
pub(crate) mod session_driver;
pub(crate) mod state;
pub(crate) mod verdict;
pub(crate) mod visit;
