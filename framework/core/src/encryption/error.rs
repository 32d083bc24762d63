//! Errors of keys and of sealed data.

use crate::support::RandomError;

/// A key that cannot be used, or sealed data that cannot be opened. No message contains a key or sealed data.
///
/// ```
/// use salon_core::encryption::{EncryptionError, Key};
///
/// let refused = Key::parse("base64:c2hvcnQ=").expect_err("it is too short");
/// assert!(matches!(refused, EncryptionError::KeyLength { length: 5 }));
/// assert!(refused.to_string().contains("run `cargo run -- key:generate`"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// No key is set.
    #[error("the key is empty: run `cargo run -- key:generate`")]
    EmptyKey,
    /// A key that is not in its text form.
    #[error("the key is not `base64:` followed by base64: run `cargo run -- key:generate` for a valid one")]
    MalformedKey,
    /// A key of the wrong length.
    #[error("the key has {length} bytes and needs 32: run `cargo run -- key:generate` for a valid one")]
    KeyLength {
        /// The number of bytes of the key.
        length: usize,
    },
    /// A key that could be guessed: an example, a text, or one byte repeated.
    #[error("the key is an example or a text, not 32 random bytes: run `cargo run -- key:generate` for a valid one")]
    WeakKey,
    /// A key of the configuration cannot be used.
    #[error("{name} cannot be used")]
    Config {
        /// The environment name of the key.
        name: &'static str,
        /// The cause.
        #[source]
        source: Box<EncryptionError>,
    },
    /// The key for a purpose could not be derived.
    #[error("cannot derive the key for a purpose")]
    Derivation,
    /// The operating system provided no random bytes, so nothing can be sealed.
    #[error("cannot encrypt")]
    Random(#[from] RandomError),
    /// The data is too long to seal at once.
    #[error("more than 64 GiB cannot be sealed at once")]
    TooLong,
    /// The data was sealed with a key that is not on the ring.
    #[error("sealed with a key that is no longer configured: add the key to APP_PREVIOUS_KEYS, or let the data expire")]
    UnknownKey,
    /// The data was not sealed by this app, or not for this purpose and place, or it was changed since.
    #[error("not valid sealed data: altered, truncated, or sealed for another purpose")]
    Altered,
}
