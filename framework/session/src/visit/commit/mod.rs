//! Brings the changes of a session into the store: create, save, renew, end, or nothing at all.
//!
//! ```text
//!  prepare    plan: what has to be done?  ──▶ nothing: the request ends without a task
//!     │
//!     ▼
//!  carry_out  1. end the sessions that the request has ended
//!             2. create | save (compare and set, replay on conflict) | touch | confirm
//!             3. apply the result to the state, and release the lock unless the request goes on
//!     │ failed
//!     ▼
//!  the changes stay in the state, and the same commit can be tried again
//! ```
//!
//! A plan is made from the state and leaves the changes in it: it remembers how much of the journal it contains. What
//! the commit itself adds stays in the state, too: flash values that leave, the token of a new session, a renewal that
//! is due. Only when the store has the record is that part of the journal dropped. What the handler writes while the
//! store is busy comes behind it, and is saved next time. So nothing has to be taken back after a failure.
//!
//! Read `ending`, `plan` (what has to be done), `carry_out`, `save`, `draft` (a record on its way, and its replay),
//! `compare_and_set`, `apply`. `take` writes to the store at once, and shares `compare_and_set`.

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
