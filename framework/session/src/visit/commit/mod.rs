//! The way of a session's changes into the store: create, update, renew, end, or nothing at all.
//!
//! ```text
//!  prepare   plan: what has to be done?  ──▶ nothing: the request ends without a task
//!     │
//!     ▼
//!  carry_out end the sessions that the request has ended
//!            create | save (compare and set, replay on conflict) | touch | confirm
//!     │                                  │
//!     ▼ saved                            ▼ failed
//!  apply to the state                 the state is as it was, and the same commit can be tried again
//! ```
//!
//! A plan is made from the state and leaves the changes in it: it remembers how much of the journal it contains. Only when the
//! store has the record is that part of the journal dropped. What the handler writes while the store is busy comes behind it,
//! and is saved next time.

mod apply;
mod carry_out;
mod compare_and_set;
mod draft;
mod ending;
mod plan;
mod save;
mod take;

pub(crate) use carry_out::{carry_out, prepare};
pub(crate) use ending::Ending;
pub(crate) use take::take;
