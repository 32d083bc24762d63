//! The `file` driver: one file per session, in a folder that several processes on one machine may share, without a
//! server.
//!
//! # What a record looks like
//!
//! A record is found by its digest, the SHA-256 of the session's id. In lower-case hexadecimal, the first two digits
//! name a folder (a shard, 256 at most) and the other 62 the file in it: `storage/framework/sessions/9f/86d081…`. No
//! byte of the name comes from the client. Folders have mode 700 and files mode 600. The mode of an existing folder is changed
//! only if the folder is empty or holds nothing but shards; a folder with anything else that other users have access to is
//! refused unchanged, and so is one below `resources/public`.
//!
//! The file is the record's envelope ([`codec`](crate::codec)): `SALN`, the format's version, the kind (1 for
//! a live record, 2 for a forward), the length of the body, 16 bytes of a SHA-256 over digest, kind and body, then the
//! body. Expiry, user and lock are in the body, so collecting and listing read only the head of each file.
//!
//! # Writes and races
//!
//! A record is written to a file named `.unfinished-<pid>-<number>` in the same folder and then renamed. A new record
//! is renamed with `RENAME_NOREPLACE`, which fails if the name exists (where the file system lacks it, a hard link does
//! the same). An existing one is exchanged with `RENAME_EXCHANGE`, or replaced by a plain rename where that is missing.
//! A reader sees the old record or the new one, never a part, and needs no lock.
//!
//! Every change of an existing record holds an exclusive lock on the shard's folder (`flock`) and reads the record
//! under it. An update whose expected version is not the one in the file writes nothing. The kernel releases the lock
//! if the process dies. Each operation runs on a blocking thread and finishes there even if the caller is dropped.
//!
//! # How a session ends
//!
//! `destroy` removes the file under the lock. Updates, touches, locks and rotations need an existing live record, so a
//! late request finds no file and creates none. A rotation creates the successor first and then replaces the old record
//! with a forward to it; ending all sessions of a user follows these forwards.
//!
//! # Limits
//!
//! * Without `durable` a power cut may lose or tear the last writes. A torn file fails its checksum and counts as
//!   corrupt. The collector removes it when it expires, or after a day if its head is unreadable. `durable` flushes the
//!   file and its folder on every write and costs about a millisecond.
//! * Counting, and listing or ending the sessions of a user, reads the head of every file.
//! * The file driver relies on Unix system calls and on `flock` working between all processes that share the folder.
//! * If the folder is missing, or is on a different disk than at startup, every operation fails with an error: it never
//!   reports an existing session as absent.
//!
//! # Sources
//!
//! The Linux manual pages rename(2) (`RENAME_NOREPLACE`, `RENAME_EXCHANGE`), flock(2), openat2(2)
//! (`RESOLVE_NO_SYMLINKS`) and fsync(2); for the flush on a replacing rename, the option `auto_da_alloc` in the
//! kernel's documentation of ext4.

mod collection;
mod entry;
mod error;
mod files;
mod folder;
mod root;
mod shard;
mod store;
mod unfinished;
mod walk;

pub(crate) use store::FileStore;
