//! The `redis` driver.
//!
//! A session is one string: what the server decides by, and behind it the envelope. A load is one `GETEX`, which lets the key live
//! on; a save is one script, which compares the version and writes, or answers what is there. Every write has a stamp of its
//! own, so that one whose answer was lost is told from another's when it is sent again.
//!
//! Redis forgets by itself. A key lives some minutes longer than its session, counted by the server's clock from the time that is
//! left: whether a session is over is for the core to say.

mod answer;
mod index;
mod keys;
mod renewal;
mod scan;
mod scripts;
mod store;
mod value;

pub(crate) use store::RedisStore;
