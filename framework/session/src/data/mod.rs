//! What a session holds, and the rules for changing it. Everything here is pure: it calls no store, and knows no
//! request. Only the token draws random bytes.
//!
//! | file | contents |
//! |---|---|
//! | `content` | all of it: the author's bag, and the session's own (token, form input, errors, last page) |
//! | `bag` | keys and values: the bytes that were loaded, and what has changed since |
//! | `entry` | one value as JSON with its mark (plain, flash, temporary), and how both are encoded |
//! | `path` | the one rule for keys: a literal key first, then a dotted path |
//! | `journal` | the operations that change a session, and their replay |
//! | `json` | values as JSON, and how deep they may be nested |
//! | `input` | form input without passwords and tokens |
//! | `token` | the CSRF token, plain and masked |
//! | `keys`, `default_value`, `error_bag` | types of arguments and results of the public methods |
//!
//! Two rules hold in this folder:
//!
//! * **A change is an operation, not its result.** The journal notes "add 1", not "3", so that the change can be
//!   replayed on what a parallel request has saved, and neither is lost. A flash value therefore remembers the version
//!   of the record that it came with: replaying "this was shown" must not remove a value that a parallel request has
//!   flashed since.
//! * **Nothing is parsed before it is read.** A value that nobody touches is copied from record to record as bytes.

mod bag;
mod content;
mod default_value;
mod entry;
mod error_bag;
mod form_secret;
mod input;
pub(crate) mod journal;
mod json;
mod keys;
pub(crate) mod path;
mod token;

pub(crate) use bag::Bag;
pub(crate) use content::{Content, Space, own};
pub use default_value::DefaultValue;
pub(crate) use entry::{Entry, Flashed, Mark, SMALLEST_ENTRY};
pub use error_bag::ErrorBag;
pub(crate) use form_secret::FormSecret;
pub(crate) use input::without_secrets;
pub(crate) use journal::{Change, Operation, Updater, decode, value};
pub(crate) use json::{beginning, encode};
pub use keys::Keys;
pub(crate) use path::Keyed;
pub(crate) use token::Token;
