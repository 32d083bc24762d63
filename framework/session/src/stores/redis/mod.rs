//! The `redis` driver: one key per session, on a single Redis server, behind Sentinel, or in a Cluster.
//!
//! # What a record looks like
//!
//! The key is the prefix and the SHA-256 of the session's id in braces: `app:session:{9f86…}`. In a Cluster the braces
//! choose the slot. The value is one string ([`value`]):
//!
//! | bytes | content |
//! |---|---|
//! | 7 × 8, little-endian | version, active at, expires at, lock owner, lock end, write id, end of the index entry |
//! | the rest | the envelope ([`codec`](crate::codec)), which is bound to the digest and has a checksum |
//!
//! Where both have a number, the one in front is newer, because a touch and a lock rewrite only that part. A logged-in
//! user has one sorted set, named after the SHA-256 of the user, which lists the digests of the sessions ([`index`]).
//!
//! A key's time to live is what is left of the session plus a minute. A load is one `GETEX`, which sets it to the idle
//! time plus six minutes. Whether a session has expired is decided by the core, not by the server.
//!
//! # Writes and races
//!
//! Every change is one Lua script, which Redis runs atomically: it compares the version and writes, or returns what is
//! there. A new session is written by `SET … NX` or by a script that checks the same. Every write carries a
//! [write id](crate::contract::write_id) of its own. A request whose reply was lost is sent once more: if it finds its own write id, the
//! first one succeeded. If later saves hide the result, or no reply arrives, the call returns the error `OutcomeUnknown`.
//!
//! With `wait_replicas`, a `WAIT` follows each save, lock, logout and renewal.
//!
//! In a Cluster a session, its successor and the user's index may be on different servers. Then the steps run one by
//! one, in an order that is safe to interrupt: index entry, successor, and last the forward.
//!
//! # How a session ends
//!
//! `destroy` deletes the key, unless it holds a forward. Only a creation or a renewal writes a key that does not exist,
//! so a late save, touch or lock finds nothing and creates nothing: Redis needs no tombstone. Ending a user's sessions goes through the index
//! until it finds no new forward.
//!
//! # Limits
//!
//! * Redis 6.2 or later is required, for `GETEX`. An older version is refused at startup.
//! * A failover to a replica that lacks the last writes loses them: a logout of that moment may be undone. What is saved
//!   afterwards is not overwritten by a request that has read a lost write ([`version`](crate::contract)). With
//!   `wait_replicas` no acknowledged save, renewal or logout is lost if a replica that has it is promoted.
//! * A server that evicts keys logs visitors out: `open` warns if `maxmemory` is set and `maxmemory-policy` is not
//!   `noeviction`.
//! * There is nothing to collect: Redis expires keys itself. Counting and scanning use `SCAN`, page by page, on every
//!   master.
//! * If the server is unreachable, calls return an error, never "not found".
//!
//! # Sources
//!
//! The Redis documentation: the commands `SET`, `GETEX`, `SCAN` and `WAIT`, "Scripting with Lua" (atomicity), "Redis
//! cluster specification" (hash tags), "Redis replication", and "Key eviction".

mod answer;
mod index;
mod keys;
mod renewal;
mod scan;
mod scripts;
mod store;
mod value;

pub(crate) use store::RedisStore;
