//! What every driver must do, as tests: the checks behind
//! [`session_driver_suite!`](crate::testing::session_driver_suite).
//!
//! A check is a function of an open driver that returns `Ok`, or the promise that was broken.

mod built_in;
pub mod cancellation;
pub mod contents;
pub mod contract;
pub mod endings;
pub mod expiry;
pub mod locking;
mod macros;
pub mod merging;
pub mod races;
pub mod renewal;
pub mod scanning;
pub mod shared;
mod site;
mod suite;
pub mod unreachable;
pub mod users;
mod violation;
mod visitor;

#[cfg(test)]
mod tests;

#[doc(inline)]
pub use crate::__session_driver_suite as session_driver_suite;
pub use built_in::BuiltIn;
pub use site::Site;
pub use suite::{run, violations};
pub use violation::{Checked, Violation};
#[cfg(test)]
pub(crate) use visitor::{Visitor, concurrently};
