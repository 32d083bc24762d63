//! The `memcached` driver: one item per session, in the memory of one or more memcached servers.
//!
//! # What a record looks like
//!
//! The item's key is the prefix and the SHA-256 of the session's id in hexadecimal. With several servers, rendezvous
//! hashing over the first 8 bytes of that digest picks the one that has the item. The value is one of:
//!
//! | value | meaning |
//! |---|---|
//! | an envelope ([`codec`](crate::codec)) of a live record | a session |
//! | an envelope of a forward | a session whose id was renewed |
//! | an envelope of a [tombstone](super::tombstone) | a session that was destroyed |
//!
//! The client flags carry 32 bits of the [write id](crate::contract::write_id). An item lives as long as its session plus a
//! minute. Whether a session has expired is decided by the core, not by the server.
//!
//! # Writes and races
//!
//! Every change is decided by memcached: a new record by `ms` in the mode *add*, anything else by a compare-and-swap
//! over exactly what was read. If another request was faster, the server refuses the write, and the driver reads and
//! decides again, up to 200 times. The record's version decides whether an update may still be made. This process
//! remembers the CAS number of the sessions that it saw last, so that most saves need a single round trip.
//!
//! A renewal adds the successor first and then replaces the old record with the forward. A process that dies in between
//! leaves a successor that nobody knows of, which memcached drops when it expires.
//!
//! If a connection is lost, the request is sent once more. If the item then has our write id, the first request succeeded.
//! If later saves hide the result, or no response arrives, the call returns the error `OutcomeUnknown`.
//!
//! # How a session ends
//!
//! `destroy` replaces the record with the tombstone, for 5 minutes. For that time *add* finds the key taken, and
//! updates, touches, locks and rotations find no live record.
//!
//! # Limits
//!
//! * memcached evicts items when its memory is full, and loses all of them in a restart. Such a session has ended: it
//!   is never torn, and never comes back.
//! * It cannot list keys, so counting sessions, scanning them, and listing or ending the sessions of a user return an
//!   error that names the drivers that can.
//! * A server that has no room and may not evict (`-M`) refuses the write with an error and drops the item that it had,
//!   so the session ends.
//! * A record larger than the item size (`-I`) is refused with an error, and the old record stays.
//! * If the server of a key is down, the call returns an error. No other server is asked.
//! * memcached 1.6.18 or later is required, with CAS enabled.
//!
//! # Sources
//!
//! The memcached documentation: "Meta Commands" (`mg`, `ms` with `C` and the mode `E`, `md`), and `doc/protocol.txt`
//! for expiration times. Rendezvous hashing: Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates".

mod hints;
mod items;
mod session_item;
mod store;

pub(crate) use store::MemcachedStore;
