//! The `fallback` driver: two stores used as one, for a switch from one driver to another that logs nobody out.
//!
//! # What a record looks like
//!
//! The records are those of the two stores. A session that the primary does not have is looked up in the fallback, and
//! moved to the primary when it is first used. What the primary holds under a digest is the truth, whether it is a
//! record, a forward to a successor or a [tombstone](super::tombstone). What the fallback holds counts only if the primary has
//! nothing.
//!
//! # Writes and races
//!
//! Three rules keep this true, whatever comes in between and wherever a process dies:
//!
//! - A move loads from the fallback, **creates** in the primary, then removes from the fallback. So a session is in one
//!   of them or in both, and never in neither.
//! - A lookup asks the primary, then the fallback, and if that has nothing the primary again: the session may have been
//!   moved in between.
//! - Ending a session moves it first, removes it from the fallback, and then replaces it in the primary with a
//!   tombstone in one step. The tombstone stays for longer than any move takes.
//!
//! | concurrent with a move | result |
//! |---|---|
//! | another move | the second creation is `Taken`, and returns what the primary holds by then |
//! | a save, a touch, a lock | the primary has nothing: the call moves the session itself, and tries again |
//! | a renewal | the same; a late move finds the forward to the successor, and its `create` is `Taken` |
//! | a logout before the creation | the logout has moved the session itself; the late creation is `Taken` because of the tombstone |
//! | a logout after it | it ends the record that the move created; the move then finds nothing to remove in the fallback |
//! | ending a user's sessions | the sessions that the two stores list are ended one by one, as by a logout; those moved meanwhile are in the primary, which is asked last |
//! | the collector | expired records are removed from each store; a move that read one just before may move it, and it is removed next time |
//! | a move that was paused for longer than the tombstone lasts | it sees by the clock that what it read is old, and reads again |
//! | a process that dies between creation and removal | the fallback keeps a copy that nobody sees, which expires before the primary's and is removed by a logout |
//!
//! A version decides a race as in the primary, where every save happens.
//!
//! # How a session ends
//!
//! The last step of a logout replaces the live record with the tombstone, through `rotate`, if the record still has the
//! version that was read. The tombstone stays for 5 minutes. Until then every create is `Taken`, and load, update,
//! touch and lock treat it as "there is no session". A process that dies during a logout leaves the session alive in
//! the primary, or ended: nothing in between.
//!
//! # Limits
//!
//! - Both stores must be available. If one is not, lookups that need it return an error; the collector still serves the
//!   primary while the fallback is down.
//! - A copy that a dead process left counts twice in `count`.
//! - An operation gives up with an error if other requests change the session 100 times in a row.
//!
//! # Sources
//!
//! No server is involved beyond those of the two stores: see the modules of the stores.

mod moving;
mod store;
mod visible;

pub(crate) use store::FallbackStore;
