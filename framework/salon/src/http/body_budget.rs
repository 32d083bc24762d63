//! The memory for the bodies of requests.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use bytes::Bytes;

/// Bodies up to this size are not counted: the limits of connections limit them, too.
const SMALL: usize = 16 * 1024;

/// The memory for the bodies of requests that are held as a whole: of all of them, and of those that come from one address.
#[derive(Debug)]
pub(crate) struct BodyBudget {
    all: Arc<Memory>,
    own: Memory,
}

/// An amount of memory, in bytes.
#[derive(Debug)]
pub(crate) struct Memory {
    used: AtomicUsize,
    limit: usize,
}

impl Memory {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { used: AtomicUsize::new(0), limit }
    }

    /// Takes this much, if there is as much left.
    fn take(&self, bytes: usize) -> bool {
        let is_left = self.used.fetch_add(bytes, Relaxed).saturating_add(bytes) <= self.limit;
        if !is_left {
            self.give_back(bytes);
        }
        is_left
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }
}

impl BodyBudget {
    /// The budget of one address, which may use a quarter of the memory.
    pub(crate) fn new(all: Arc<Memory>) -> Self {
        let own = Memory::new(all.limit.div_ceil(4));
        Self { all, own }
    }

    fn take(&self, bytes: usize) -> bool {
        let is_left = self.own.take(bytes);
        if is_left && !self.all.take(bytes) {
            self.own.give_back(bytes);
            return false;
        }
        is_left
    }
}

/// What one body takes of a budget. It is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Reserved {
    budget: Arc<BodyBudget>,
    bytes: usize,
}

impl Reserved {
    pub(super) const fn new(budget: Arc<BodyBudget>) -> Self {
        Self { budget, bytes: 0 }
    }

    /// Makes room for a body of this size. Returns false if there is none.
    pub(super) fn grow(&mut self, size: usize) -> bool {
        // A buffer grows to the next power of two.
        let wanted = if size <= SMALL { 0 } else { size.next_power_of_two() };
        let more = wanted.saturating_sub(self.bytes);
        let is_left = more == 0 || self.budget.take(more);
        if is_left {
            self.bytes += more;
        }
        is_left
    }

    /// Gives the memory back when the bytes are dropped.
    pub(super) fn hold(self, bytes: Bytes) -> Bytes {
        if self.bytes == 0 { bytes } else { Bytes::from_owner(Held { bytes, _reserved: self }) }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.own.give_back(self.bytes);
        self.budget.all.give_back(self.bytes);
    }
}

struct Held {
    bytes: Bytes,
    _reserved: Reserved,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn reserved(budget: &Arc<BodyBudget>, size: usize) -> Option<Reserved> {
        let mut reserved = Reserved::new(Arc::clone(budget));
        reserved.grow(size).then_some(reserved)
    }

    #[test]
    fn sr_60_one_address_holds_a_quarter_of_the_memory_and_all_hold_no_more_than_there_is() {
        let all = Arc::new(Memory::new(8 * MIB));
        let budgets: Vec<_> = (0..10).map(|_| Arc::new(BodyBudget::new(Arc::clone(&all)))).collect();
        let of_one: Vec<_> = (0..100).filter_map(|_| reserved(&budgets[0], MIB)).collect();
        assert_eq!(of_one.len(), 2);
        let of_others: Vec<_> = budgets[1..].iter().filter_map(|budget| reserved(budget, 2 * MIB)).collect();
        assert_eq!(of_others.len(), 3);
        assert!(reserved(&budgets[9], SMALL).is_some(), "small bodies are not counted");
        drop(of_one);
        assert!(reserved(&budgets[9], 2 * MIB).is_some());
    }

    #[test]
    fn the_memory_is_given_back_with_the_bytes() {
        let all = Arc::new(Memory::new(8 * MIB));
        let budget = Arc::new(BodyBudget::new(Arc::clone(&all)));
        let bytes = reserved(&budget, MIB).unwrap().hold(Bytes::from(vec![0; MIB]));
        let part = bytes.slice(..10);
        drop(bytes);
        assert_eq!(all.used.load(Relaxed), MIB);
        drop(part);
        assert_eq!(all.used.load(Relaxed), 0);
    }
}
