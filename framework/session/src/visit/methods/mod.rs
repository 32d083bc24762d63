//! The session's methods, a file a group.

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
