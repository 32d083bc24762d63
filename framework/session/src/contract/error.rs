//! What a store or a driver returns when it fails.

use std::{borrow::Cow, fmt};

/// Any error. `?` turns every error type into it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The result of a call to a store or a driver.
pub type StoreResult<T> = std::result::Result<T, StoreError>;

/// Why a store or a driver did not do what it was asked to.
///
/// Every error type becomes [`Unavailable`](Self::Unavailable) with `?`, because that is what most errors mean. Return
/// the others where you know better. (For this conversion the type does not implement `std::error::Error` itself, like
/// `anyhow::Error`.)
///
/// ```
/// use salon_session::{StoreError, StoreResult};
///
/// fn read(path: &str) -> StoreResult<Vec<u8>> {
///     Ok(std::fs::read(path)?)
/// }
///
/// fn count() -> StoreResult<u64> {
///     Err(StoreError::unsupported("the ledger cannot count its sessions"))
/// }
///
/// assert!(matches!(read("/no/such/file"), Err(StoreError::Unavailable { .. })));
/// assert_eq!(count().unwrap_err().to_string(), "the ledger cannot count its sessions");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The store did not respond, or responded with an error. The same call may succeed later, so the visitor gets a
    /// 503.
    Unavailable {
        /// The cause.
        source: BoxError,
    },
    /// The store can never do this, so trying again is useless.
    Unsupported {
        /// Why, as a sentence that says what to do instead.
        reason: Cow<'static, str>,
    },
    /// The record is larger than what the store keeps in one piece. What was stored before is still there.
    TooLarge {
        /// The size of all that would have to be stored, in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The connection was lost during a write, and nobody can find out whether it was carried out.
    OutcomeUnknown {
        /// The cause.
        source: BoxError,
    },
}

impl StoreError {
    /// Returns [`Unsupported`](Self::Unsupported) with this reason.
    #[must_use]
    pub fn unsupported(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsupported { reason: reason.into() }
    }

    /// Returns [`OutcomeUnknown`](Self::OutcomeUnknown) with this cause.
    #[must_use]
    pub fn outcome_unknown(source: impl Into<BoxError>) -> Self {
        Self::OutcomeUnknown { source: source.into() }
    }

    /// Returns the cause, or the message as an error if there is no cause.
    #[must_use]
    pub fn into_source(self) -> BoxError {
        match self {
            Self::Unavailable { source } | Self::OutcomeUnknown { source } => source,
            other => other.to_string().into(),
        }
    }
}

impl<E: Into<BoxError>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Unavailable { source: error.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { source } | Self::OutcomeUnknown { source } => source.fmt(formatter),
            Self::Unsupported { reason } => formatter.write_str(reason),
            Self::TooLarge { bytes, limit, remedy } => {
                write!(formatter, "the session is too large ({bytes} of {limit} bytes): {remedy}")
            }
        }
    }
}
