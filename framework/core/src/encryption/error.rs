//! What can go wrong with keys and with what they seal.

use crate::support::RandomError;

/// A key that cannot be used, or something sealed that cannot be opened. No message holds a key or what was sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// No key is set.
    #[error("the key is empty: run `cargo run -- key:generate`")]
    EmptyKey,
    /// A key that is not in its text form.
    #[error("the key is not `base64:` and then base64: run `cargo run -- key:generate` for a right one")]
    MalformedKey,
    /// A key of the wrong length.
    #[error("the key has {length} bytes and needs 32: run `cargo run -- key:generate` for a right one")]
    KeyLength {
        /// The number of bytes it has.
        length: usize,
    },
    /// A key that someone could guess: an example, a text, one byte again and again.
    #[error("the key is an example or a text, not 32 random bytes: run `cargo run -- key:generate` for a right one")]
    WeakKey,
    /// A key of the configuration cannot be used.
    #[error("{name} cannot be used")]
    Config {
        /// The environment name of the key.
        name: &'static str,
        /// Why not.
        #[source]
        source: Box<EncryptionError>,
    },
    /// The key of a purpose could not be derived.
    #[error("the key of a purpose could not be derived")]
    Derivation,
    /// The operating system gave no random bytes, so nothing can be sealed now.
    #[error("nothing can be sealed now")]
    Random(#[from] RandomError),
    /// Too much to seal at once.
    #[error("more than 64 GiB cannot be sealed at once")]
    TooLong,
    /// Sealed with a key that is not on the ring.
    #[error("sealed with a key that is not configured any more: add it to APP_PREVIOUS_KEYS, or let this expire")]
    UnknownKey,
    /// Not sealed by us, or not for this purpose and place, or changed since.
    #[error("not what was sealed here: altered, cut short, or sealed for something else")]
    Altered,
}
