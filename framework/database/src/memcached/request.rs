//! Requests to a server, as bytes.

use super::{client::Key, ttl::Ttl};

/// One of the commands that sessions need.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'a> {
    /// Reads an item and the number of its last change.
    Get { key: &'a Key },
    /// Stores an item if there is none.
    Add { key: &'a Key, entry: Entry<'a> },
    /// Replaces an item that has not been changed since.
    Swap { key: &'a Key, cas: u64, entry: Entry<'a> },
    /// Removes an item that has not been changed since.
    Delete { key: &'a Key, cas: u64 },
}

/// The content to store.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub value: &'a [u8],
    pub ttl: Ttl,
    /// Identifies the writer.
    pub stamp: u32,
}

/// What memcached adds to an item's key and value: 48 bytes of its own, the change number, the flags and three
/// terminators.
const OVERHEAD: usize = 64;

impl<'a> Request<'a> {
    /// Returns the token that the reply must carry: its key, and the number of requests on this connection so far. So
    /// neither a response meant for another connection, nor one left over on this connection, is mistaken for the
    /// response to this request.
    pub(super) fn token(&self, asked: u32) -> String {
        format!("{:x}.{asked:x}", self.key().place)
    }

    /// Returns the command line with this token.
    pub(super) fn line(&self, token: &str) -> String {
        let key = &self.key().text;
        match self {
            Self::Get { .. } => format!("mg {key} v c f O{token}\r\n"),
            Self::Add { entry: Entry { value, ttl, stamp }, .. } => {
                format!("ms {key} {} ME c F{stamp} T{} O{token}\r\n", value.len(), ttl.as_seconds())
            }
            Self::Swap { cas, entry: Entry { value, ttl, stamp }, .. } => {
                format!("ms {key} {} C{cas} c F{stamp} T{} O{token}\r\n", value.len(), ttl.as_seconds())
            }
            Self::Delete { cas, .. } => format!("md {key} C{cas} O{token}\r\n"),
        }
    }

    const fn key(&self) -> &'a Key {
        match self {
            Self::Get { key } | Self::Add { key, .. } | Self::Swap { key, .. } | Self::Delete { key, .. } => key,
        }
    }

    /// Returns the data block after the line.
    pub(super) const fn value(&self) -> Option<&'a [u8]> {
        match self {
            Self::Add { entry, .. } | Self::Swap { entry, .. } => Some(entry.value),
            Self::Get { .. } | Self::Delete { .. } => None,
        }
    }

    /// Returns how many bytes the server needs to store it.
    pub(super) fn size(&self) -> usize {
        self.value().map_or(0, |value| OVERHEAD + self.key().text.len() + value.len())
    }
}
