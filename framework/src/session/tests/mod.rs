//! What a visitor and an author see of sessions, on every driver.
#![expect(clippy::future_not_send, reason = "a test runs on its own thread")]

mod block;
mod crowd;
pub(in crate::session) mod driver;
mod dropped;
mod encryption;
mod events;
mod expiry;
mod fallback;
mod file_crowd;
mod file_faults;
mod file_folder;
mod file_million;
mod file_shards;
mod file_store;
mod flash;
mod form;
mod health;
mod identity;
mod late;
mod leaving;
mod life;
mod limits;
mod lock_end;
mod merge;
mod model;
mod races;
mod read;
mod read_only;
mod remove;
mod renewal;
mod take;
mod temporary;
mod trouble;
mod visitor;
pub(in crate::session) mod watch;
mod write;
