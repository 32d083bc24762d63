//! What a node of a Redis cluster knows of another one.

use super::Redis;

/// One line of `CLUSTER NODES`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) port: u16,
    pub(crate) is_master: bool,
    is_alive: bool,
    pub(crate) slots: Vec<(u16, u16)>,
}

impl Entry {
    /// Parses a line of `CLUSTER NODES`.
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let [id, address, flags, _, _, _, _, _, slots @ ..] = words.as_slice() else { return None };
        let port = address.split(['@', ',']).next()?.rsplit(':').next()?.parse().ok()?;
        let is = |flag: &str| flags.split(',').any(|it| it == flag);
        let is_alive = !is("fail") && !is("fail?");
        // Slots that are being moved are in brackets.
        let slots = slots.iter().filter(|range| !range.starts_with('[')).filter_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some((first.parse().ok()?, last.parse().ok()?))
        });
        Some(Self { id: (*id).to_owned(), port, is_master: is("master"), is_alive, slots: slots.collect() })
    }

    /// True if it is a master that serves slots.
    pub(crate) const fn serves(&self) -> bool {
        self.is_master && self.is_alive && !self.slots.is_empty()
    }

    pub(crate) fn has(&self, slot: u16) -> bool {
        self.slots.iter().any(|(first, last)| (*first..=*last).contains(&slot))
    }

    pub(crate) fn count(&self) -> usize {
        self.slots.iter().map(|(first, last)| usize::from(last - first) + 1).sum()
    }
}

/// What a node knows of all nodes, including itself.
pub(crate) fn entries_of(node: &Redis) -> Vec<Entry> {
    node.command(&["CLUSTER", "NODES"]).lines().filter_map(Entry::parse).collect()
}
