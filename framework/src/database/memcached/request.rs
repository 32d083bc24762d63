//! What a server is asked, as bytes.

use super::ttl::Ttl;

/// One of the commands that sessions need.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'a> {
    /// What is there, and the number of its last change.
    Get { key: &'a str },
    /// Keeps an item where there is none.
    Add { key: &'a str, value: &'a [u8], ttl: Ttl },
    /// Replaces an item that was not changed since.
    Swap { key: &'a str, cas: u64, value: &'a [u8], ttl: Ttl },
    /// Removes an item that was not changed since.
    Delete { key: &'a str, cas: u64 },
}

/// What memcached adds to an item's key and value: 48 bytes of its own, the number of the change, the flags and three ends.
const OVERHEAD: usize = 64;

impl<'a> Request<'a> {
    /// Its line, with the token that the reply has to carry.
    pub(super) fn line(&self, token: u64) -> String {
        match self {
            Self::Get { key } => format!("mg {key} v c O{token}\r\n"),
            Self::Add { key, value, ttl } => {
                format!("ms {key} {} ME c T{} O{token}\r\n", value.len(), ttl.as_seconds())
            }
            Self::Swap { key, cas, value, ttl } => {
                format!("ms {key} {} C{cas} c T{} O{token}\r\n", value.len(), ttl.as_seconds())
            }
            Self::Delete { key, cas } => format!("md {key} C{cas} O{token}\r\n"),
        }
    }

    /// The block of data behind the line.
    pub(super) const fn value(&self) -> Option<&'a [u8]> {
        match self {
            Self::Add { value, .. } | Self::Swap { value, .. } => Some(value),
            Self::Get { .. } | Self::Delete { .. } => None,
        }
    }

    /// What the server needs to keep it.
    pub(super) const fn size(&self) -> usize {
        match self {
            Self::Add { key, value, .. } | Self::Swap { key, value, .. } => OVERHEAD + key.len() + value.len(),
            Self::Get { .. } | Self::Delete { .. } => 0,
        }
    }
}
