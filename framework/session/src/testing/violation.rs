//! A promise that a driver broke.

use std::fmt::Debug;

use crate::{
    contract::{BoxError, StoreError, StoreResult},
    error::Error,
};

/// The longest part of a message that shows a value, as a payload may be large.
const SHOWN: usize = 400;

/// The result of a check.
pub type Checked<T = ()> = Result<T, Violation>;

/// What a driver did that it must not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// It returned something that the contract does not allow.
    #[error("{0}")]
    Broken(String),

    /// A session call failed although the store is healthy.
    #[error(
        "a session call failed, although the store should be available: return an error only if the store cannot be reached"
    )]
    Session(#[from] Error),

    /// A call to the store failed although it is healthy.
    #[error(
        "a call to the store failed, although it should be available: return an error only if the store cannot be reached"
    )]
    Store(#[source] BoxError),

    /// It panicked.
    #[error("the driver panicked: return an error instead")]
    Panicked(#[from] tokio::task::JoinError),

    /// A call did not return.
    #[error(
        "the check did not end within {0} seconds: check whether a call that has finished or was dropped still holds a lock"
    )]
    Stuck(u64),
}

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into_source())
    }
}

/// Returns what a call returned, or `None` if the store can never do this.
pub(super) fn if_supported<T>(answer: StoreResult<T>) -> Checked<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(StoreError::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the promise as broken unless it holds.
pub(super) fn ensure(holds: bool, promise: &str) -> Checked {
    if holds { Ok(()) } else { Err(Violation::Broken(promise.to_owned())) }
}

/// Returns a violation with both values unless the two are equal.
#[expect(clippy::needless_pass_by_value, reason = "an answer and what is expected are written where they are compared")]
pub(super) fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Checked {
    if found == expected {
        return Ok(());
    }
    let text = format!("{what}: expected {}, got {}", shown(&expected), shown(&found));
    Err(Violation::Broken(text))
}

/// A violation that shows what was returned instead of the expected kind of value.
pub(super) fn instead<T: Debug>(what: &str, found: &T) -> Violation {
    Violation::Broken(format!("{what}, and not {}", shown(found)))
}

fn shown(value: &impl Debug) -> String {
    let mut text = format!("{value:?}");
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}
