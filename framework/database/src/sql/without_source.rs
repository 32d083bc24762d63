//! An sqlx error whose text already contains its cause.

use std::{error, fmt};

use sqlx::Error;

/// An sqlx error whose text already contains its cause.
#[derive(Debug)]
struct WithoutSource(Error);

impl fmt::Display for WithoutSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl error::Error for WithoutSource {}

/// Hides the source of an error, because the text of an sqlx error already contains it. So a report of the whole chain
/// shows it only once.
pub fn without_source(error: Error) -> Box<dyn error::Error + Send + Sync> {
    WithoutSource(error).into()
}
