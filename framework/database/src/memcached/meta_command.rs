//! Commands to a server, as bytes.

use super::item::{ItemKey, NewItem};

/// One of memcached's meta commands, for an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct MetaCommand<'a> {
    pub(super) key: &'a ItemKey,
    pub(super) action: Action<'a>,
}

/// What to do with an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action<'a> {
    /// Reads it and its compare-and-swap number.
    Get,
    /// Stores it if there is none.
    Add(NewItem<'a>),
    /// Replaces it if its compare-and-swap number is this one.
    Swap(u64, NewItem<'a>),
    /// Removes it if its compare-and-swap number is this one.
    Delete(u64),
}

/// What memcached adds to an item's key and value: 48 bytes of its own, the compare-and-swap number, the flags and
/// three terminators.
const OVERHEAD: usize = 64;

impl<'a> MetaCommand<'a> {
    /// Returns the token that the response must carry: its key, and the number of commands on this connection so far.
    /// So neither a response meant for another connection, nor one left over on this connection, is mistaken for the
    /// response to this command.
    pub(super) fn token(&self, number: u32) -> String {
        format!("{:x}.{number:x}", self.key.hash)
    }

    /// Returns the command line with this token.
    pub(super) fn line(&self, token: &str) -> String {
        let key = &self.key.text;
        let set = |NewItem { value, ttl, flags }: NewItem<'_>, mode: &str| {
            format!("ms {key} {} {mode} c F{flags} T{} O{token}\r\n", value.len(), ttl.as_seconds())
        };
        match self.action {
            Action::Get => format!("mg {key} v c f O{token}\r\n"),
            Action::Add(item) => set(item, "ME"),
            Action::Swap(cas, item) => set(item, &format!("C{cas}")),
            Action::Delete(cas) => format!("md {key} C{cas} O{token}\r\n"),
        }
    }

    /// Returns the data block after the line.
    pub(super) const fn value(&self) -> Option<&'a [u8]> {
        match self.action {
            Action::Add(item) | Action::Swap(_, item) => Some(item.value),
            Action::Get | Action::Delete(_) => None,
        }
    }

    /// Returns how many bytes the server needs to store it.
    pub(super) fn size(&self) -> usize {
        self.value().map_or(0, |value| OVERHEAD + self.key.text.len() + value.len())
    }
}
