//! Records as bytes, and payloads encrypted.
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
//! Numbers are little-endian. The checksum is the first half of the SHA-256 of the digest, the kind and the body. So a record
//! that was torn by a crash, or that was copied to another session's place, is never read.
//!
//! The **head** is what a store can learn from the first bytes without reading the rest: when the record expires, and whose it
//! may be. The **sealer** encrypts payloads with `encrypt = true`, and binds them to the digest as well.

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
