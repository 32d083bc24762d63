//! Commands to a server, as bytes.

use super::{item::NewItem, item_key::ItemKey};

/// One of memcached's meta commands.
#[derive(Clone, Copy, Debug)]
pub(super) enum MetaCommand<'a> {
    /// Reads an item and its compare-and-swap number.
    Get { key: &'a ItemKey },
    /// Stores an item if there is none.
    Add { key: &'a ItemKey, item: NewItem<'a> },
    /// Replaces an item that has not been changed since.
    Swap { key: &'a ItemKey, cas: u64, item: NewItem<'a> },
    /// Removes an item that has not been changed since.
    Delete { key: &'a ItemKey, cas: u64 },
}

/// What memcached adds to an item's key and value: 48 bytes of its own, the compare-and-swap number, the flags and
/// three terminators.
const OVERHEAD: usize = 64;

impl<'a> MetaCommand<'a> {
    /// Returns the token that the response must carry: its key, and the number of commands on this connection so far.
    /// So neither a response meant for another connection, nor one left over on this connection, is mistaken for the
    /// response to this command.
    pub(super) fn token(&self, number: u32) -> String {
        format!("{:x}.{number:x}", self.key().hash)
    }

    /// Returns the command line with this token.
    pub(super) fn line(&self, token: &str) -> String {
        let key = &self.key().text;
        let set = |NewItem { value, ttl, flags }: &NewItem<'_>, mode: &str| {
            format!("ms {key} {} {mode} c F{flags} T{} O{token}\r\n", value.len(), ttl.as_seconds())
        };
        match self {
            Self::Get { .. } => format!("mg {key} v c f O{token}\r\n"),
            Self::Add { item, .. } => set(item, "ME"),
            Self::Swap { cas, item, .. } => set(item, &format!("C{cas}")),
            Self::Delete { cas, .. } => format!("md {key} C{cas} O{token}\r\n"),
        }
    }

    pub(super) const fn key(&self) -> &'a ItemKey {
        match self {
            Self::Get { key } | Self::Add { key, .. } | Self::Swap { key, .. } | Self::Delete { key, .. } => key,
        }
    }

    /// Returns the data block after the line.
    pub(super) const fn value(&self) -> Option<&'a [u8]> {
        match self {
            Self::Add { item, .. } | Self::Swap { item, .. } => Some(item.value),
            Self::Get { .. } | Self::Delete { .. } => None,
        }
    }

    /// Returns how many bytes the server needs to store it.
    pub(super) fn size(&self) -> usize {
        self.value().map_or(0, |value| OVERHEAD + self.key().text.len() + value.len())
    }
}
