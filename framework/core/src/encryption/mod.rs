//! Encryption: the app's keys, their rotation, and sealed data.
//!
//! The app has one [`Key`], `APP_KEY`, and may keep earlier ones in `APP_PREVIOUS_KEYS`; together they form a
//! [`KeyRing`]. Code that seals data asks the ring once for a [`Sealer`] with its own purpose, and keeps it. A sealer
//! seals with the current key and opens what any key of the ring sealed, so a key is rotated by moving it to the
//! previous ones. A [`Signer`] does the same for data that may be read, but not made, by others.

#[doc(hidden)]
pub mod env_file;
mod error;
mod key;
mod key_file;
mod key_file_error;
mod ring;
mod sealer;
mod signer;

pub use error::EncryptionError;
pub use key::Key;
pub use key_file::{GeneratedKey, generate_key};
pub use key_file_error::KeyFileError;
pub use ring::KeyRing;
pub use sealer::Sealer;
pub use signer::Signer;
