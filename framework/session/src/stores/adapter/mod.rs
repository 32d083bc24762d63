//! The adapter that makes a [`Driver`](crate::Driver) of six methods a [`Store`](crate::Store).
//!
//! # What a record looks like
//!
//! The driver gets bytes under a digest: the envelope ([`codec`](crate::codec)) of a record, or of the forward to the
//! successor of a renewed session. A checksum that is bound to the digest detects bytes that were damaged, or copied to
//! another session. Empty bytes count as none, as PHP's session handlers return them.
//!
//! A driver that expires entries on its own is asked to keep each for a minute longer than its session, because a request
//! that found the session alive may still be about to save it.
//!
//! # Writes and races
//!
//! A driver reads and writes whole entries, so it cannot decide which of two saves came first. The adapter does: every
//! operation that reads, decides and writes holds one of 64 locks of this process, which the first byte of the digest picks.
//! The bytes that the driver read under the lock must have the expected version.
//!
//! A renewal writes the successor first, under a digest that nobody knows yet, and then replaces the old record with the
//! forward.
//!
//! # How a session ends
//!
//! `destroy` reads the entry under the lock and lets the driver remove it, unless it is a forward. Updates, touches, locks
//! and renewals read under the same lock and need a live record, so a late request of this process creates nothing.
//!
//! # Limits
//!
//! * Two processes that share a driver do not see each other's locks: of two saves at the same moment one can be lost, and
//!   a slow save can bring back a session that another process has ended. A driver for several processes implements
//!   [`Store`](crate::Store).
//! * Counting, scanning, and listing or ending the sessions of a user are unsupported: there is no method for them.
//! * The collector asks the driver to remove what was not written for as long as a session can live.
//!
//! # Sources
//!
//! PHP's `SessionHandlerInterface` and Goravel's session driver have the same six methods.

mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::DriverStore;
