//! An sqlx error whose text already contains its cause.

use sqlx::Error;

/// An sqlx error whose text already contains its cause.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WithoutSource(Error);

/// Hides the source of an error, because the text of an sqlx error already contains it. So a report of the whole chain
/// shows it only once.
pub fn without_source(error: Error) -> Box<dyn std::error::Error + Send + Sync> {
    WithoutSource(error).into()
}
