//! What a server is asked, as bytes.

use super::{client::Key, ttl::Ttl};

/// One of the commands that sessions need.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'a> {
    /// What is there, and the number of its last change.
    Get { key: &'a Key },
    /// Keeps an item where there is none.
    Add { key: &'a Key, entry: Entry<'a> },
    /// Replaces an item that was not changed since.
    Swap { key: &'a Key, cas: u64, entry: Entry<'a> },
    /// Removes an item that was not changed since.
    Delete { key: &'a Key, cas: u64 },
}

/// What is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub value: &'a [u8],
    pub ttl: Ttl,
    /// What tells who has written it.
    pub stamp: u32,
}

/// What memcached adds to an item's key and value: 48 bytes of its own, the number of the change, the flags and three ends.
const OVERHEAD: usize = 64;

impl<'a> Request<'a> {
    /// What the reply has to carry: of which key it is, and how often the connection was asked. So neither an answer that was
    /// meant for another connection, nor one that was left over on this one, is taken for this request's.
    pub(super) fn token(&self, asked: u32) -> String {
        format!("{:x}.{asked:x}", self.key().place)
    }

    /// Its line, with that token.
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

    /// The block of data behind the line.
    pub(super) const fn value(&self) -> Option<&'a [u8]> {
        match self {
            Self::Add { entry, .. } | Self::Swap { entry, .. } => Some(entry.value),
            Self::Get { .. } | Self::Delete { .. } => None,
        }
    }

    /// What the server needs to keep it.
    pub(super) fn size(&self) -> usize {
        self.value().map_or(0, |value| OVERHEAD + self.key().text.len() + value.len())
    }
}
