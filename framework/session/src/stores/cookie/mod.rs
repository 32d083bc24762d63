//! The `cookie` driver: the whole session in the visitor's cookie, sealed.
//!
//! The server keeps nothing, but for a list of what has ended if `revocations` names a driver for it. A request gets a store of
//! its own, which holds the one session that its cookie has brought; what that store holds at the end is the cookie's next value.

mod carrier;
mod envelope;
mod epoch;
mod open;
mod revocations;
mod session;
mod store;

pub(crate) use carrier::SealedCarrier;
pub(crate) use open::open;
