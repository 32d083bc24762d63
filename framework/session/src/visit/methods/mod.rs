//! The methods of [`Session`](crate::Session), in one file for each group.
//!
//! `read`, `write` and `remove` work on values; `flash`, `temporary` and `form` on values with an end; `identity` and
//! `token` on the session itself; `life` starts, saves and closes it; `internal` is for Salon's own middleware and
//! templates.
//!
//! A method locks the state, changes it, and returns; only those of `life` call the store. No method runs a closure of
//! the app while it holds the lock, so that the function may use the session.

mod flash;
mod form;
mod identity;
mod internal;
mod life;
mod read;
mod remove;
mod temporary;
mod token;
mod write;
