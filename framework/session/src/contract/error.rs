//! What drivers and stores answer when they fail.

/// Any error, as drivers and stores report theirs: `?` turns every error type into it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What drivers and stores answer.
pub type StoreResult<T> = std::result::Result<T, BoxError>;
