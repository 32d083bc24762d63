//! A statement and the values bound to it.

use std::sync::Arc;

use bytes::Bytes;
use sqlx::AssertSqlSafe;

/// The text of a statement, built once. Values that vary from call to call are never part of it; they are bound to it.
#[derive(Clone, Debug)]
pub struct Sql(Arc<str>);

impl Sql {
    /// Creates a statement with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub(super) fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value bound to a statement.
#[derive(Clone, Debug)]
pub enum Value {
    /// An integer.
    Number(i64),
    /// 32 bytes.
    Digest([u8; 32]),
    /// Bytes of any length.
    Bytes(Bytes),
    /// Text, or NULL.
    Text(Option<Arc<str>>),
}
