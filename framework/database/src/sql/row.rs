//! A row of the session table.

use bytes::Bytes;

/// A row of the session table. Each query for rows selects exactly these columns, in this order.
#[derive(Debug)]
pub struct Row {
    /// The digest of the session's id.
    pub digest: Vec<u8>,
    /// The version of the record.
    pub version: i64,
    /// The last request, in milliseconds.
    pub active_at: i64,
    /// When the row may be removed, in milliseconds.
    pub expires_at: i64,
    /// The number of the save that wrote it.
    pub save_id: i64,
    /// The encoded record.
    pub record: Bytes,
}

/// The columns in the order of the query.
type Columns = (Vec<u8>, i64, i64, i64, i64, Vec<u8>);

impl Row {
    pub(super) fn from_columns((digest, version, active_at, expires_at, save_id, record): Columns) -> Self {
        Self { digest, version, active_at, expires_at, save_id, record: record.into() }
    }
}
