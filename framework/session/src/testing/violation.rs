//! A promise that a driver broke.

use std::fmt::Debug;

use crate::{contract::error::BoxError, error::Error};

/// The longest part of a message that shows a value: a payload may be large.
const SHOWN: usize = 400;

/// What a check answers.
pub type Checked<T = ()> = Result<T, Violation>;

/// What a driver did that it must not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// It answered something else than the contract says.
    #[error("{0}")]
    Broken(String),

    /// A session call failed though the store is well.
    #[error("a session call failed: a driver answers with an error only if it cannot say")]
    Session(#[from] Error),

    /// A call to the store failed though it is well.
    #[error("a call to the store failed: a driver answers with an error only if it cannot say")]
    Store(#[from] BoxError),

    /// It panicked.
    #[error("the driver panicked: answer with an error in place of it")]
    Panicked(#[from] tokio::task::JoinError),

    /// A call did not come back.
    #[error("the check did not end within {0} seconds: is a lock kept by a call that ended, or was dropped?")]
    Stuck(u64),
}

/// Says which promise is broken unless it holds.
pub(super) fn ensure(holds: bool, promise: &str) -> Checked {
    if holds { Ok(()) } else { Err(Violation::Broken(promise.to_owned())) }
}

/// Says what was answered unless it is what the contract says.
#[expect(clippy::needless_pass_by_value, reason = "an answer and what is expected are written where they are compared")]
pub(super) fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Checked {
    if found == expected {
        return Ok(());
    }
    let text = format!("{what}: expected {}, got {}", shown(&expected), shown(&found));
    Err(Violation::Broken(text))
}

/// Says what was answered instead of a value of this kind.
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
