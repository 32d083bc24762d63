//! Records as bytes, and the encryption of payloads.
//!
//! Every store that keeps bytes keeps a record in the same **envelope**:
//!
//! ```text
//! ┌──────┬────────┬──────┬────────┬──────────┬───────────────────────────────────────────────┐
//! │ SALN │ format │ kind │ length │ checksum │ body                                          │
//! │ 4    │ 1      │ 1    │ 4      │ 16       │ a record: 7 numbers, user, address, agent,    │
//! │      │        │      │        │          │ payload; or a forward                         │
//! └──────┴────────┴──────┴────────┴──────────┴───────────────────────────────────────────────┘
//! ```
//!
//! | file | contents |
//! |---|---|
//! | `envelope` | records and forwards to bytes, and back |
//! | `head` | what a store learns from the first bytes alone: when a record expires, and whose it may be |
//! | `sealer` | payloads, encrypted with `encrypt = true` and bound to the digest as well |
//! | `reader` | reads numbers and slices, and never beyond the end |
//!
//! Numbers are little-endian. The checksum is the first half of the SHA-256 of the digest, the kind and the body. So a
//! record that was torn by a crash, or copied to the place of another session, is never read.
//!
//! The rule of this folder: bytes that are not exactly what was written are an error, never a guess. `Head` is the
//! exception: nothing in it is verified, so it may decide that a file is skipped or removed, but never what a visitor
//! sees.

mod envelope;
mod head;
mod reader;
mod sealer;

#[cfg(feature = "redis")]
pub(crate) use envelope::LIVE_RECORD;
pub(crate) use envelope::{decode, encode, encode_forward, length};
pub(crate) use head::Head;
pub(crate) use reader::Reader;
pub(crate) use sealer::{PLAIN_PAYLOAD, PayloadSealer};
