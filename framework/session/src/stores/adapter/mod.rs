//! Makes a [`Driver`](crate::Driver) of six methods a [`Store`](crate::Store).
//!
//! A driver reads and writes bytes, so it cannot decide which of two saves came first. The adapter decides it: each
//! operation that reads, decides and writes holds a lock in this process, one of 64, chosen by the digest. The bytes are
//! a record in the envelope of the file store: a checksum that is bound to the digest finds what was damaged, or copied to another
//! session.
//!
//! What it cannot do: two processes that share a driver do not see each other's locks, so of two saves at the same moment one
//! can be lost. It cannot count or list sessions; a driver that needs this implements `Store`.

mod store;

pub(crate) use store::DriverStore;
