//! What `Throttle` remembers, in limited memory.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use governor::{nanos::Nanos, state::StateStore};

/// The states of a limited number of keys. A state is the time at which its key is free again: as if it had never sent a
/// request.
pub(super) struct BoundedStates<K> {
    states: Mutex<HashMap<K, Nanos>>,
    capacity: usize,
}

impl<K> BoundedStates<K> {
    /// Creates a store that remembers at most this many keys.
    pub(super) fn new(capacity: usize) -> Self {
        Self { states: Mutex::default(), capacity }
    }
}

impl<K: Hash + Eq + Clone> StateStore for BoundedStates<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = states.get_mut(key) {
            let (outcome, next) = measure(Some(*state))?;
            *state = next;
            return Ok(outcome);
        }
        let (outcome, first) = measure(None)?;
        if states.len() >= self.capacity {
            make_room(&mut states);
        }
        states.insert(key.clone(), first);
        Ok(outcome)
    }
}

/// Forgets the eighth of the keys that is free already, or will be first. What has used up its limit stays longest, so a
/// client cannot get rid of its own state by filling the store from many addresses.
fn make_room<K: Hash + Eq>(states: &mut HashMap<K, Nanos>) {
    let mut times: Vec<Nanos> = states.values().copied().collect();
    let eighth = times.len() / 8;
    if eighth < times.len() {
        let (_, last, _) = times.select_nth_unstable(eighth);
        states.retain(|_, time| *time > *last);
    }
}

impl<K> fmt::Debug for BoundedStates<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BoundedStates").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets the time at which a key is free again, and returns what was remembered of it.
    fn set(states: &BoundedStates<u64>, key: u64, time: u64) -> Option<u64> {
        let measured =
            states.measure_and_replace(&key, |known| Ok::<_, ()>((known.map(Nanos::as_u64), Nanos::new(time))));
        measured.unwrap()
    }

    #[test]
    fn a_full_store_forgets_what_is_free_first() {
        let states = BoundedStates::new(16);
        for key in 0..16 {
            assert_eq!(set(&states, key, 1000 - key), None);
        }
        assert_eq!(set(&states, 99, 5000), None);
        assert_eq!(states.states.lock().unwrap().len(), 14);
        assert_eq!(set(&states, 0, 1000), Some(1000), "it would have been free last");
        assert_eq!(set(&states, 15, 985), None, "it would have been free first");
    }

    #[test]
    fn it_never_grows_beyond_its_capacity() {
        let states = BoundedStates::new(100);
        for key in 0..10_000 {
            set(&states, key, key * 7919 % 1000);
            assert!(states.states.lock().unwrap().len() <= 100);
        }
        let smallest = BoundedStates::new(1);
        for key in 0..10 {
            set(&smallest, key, 1);
            assert_eq!(smallest.states.lock().unwrap().len(), 1);
        }
    }

    #[test]
    fn a_refusal_remembers_nothing() {
        let states = BoundedStates::new(16);
        assert_eq!(states.measure_and_replace(&1, |_| Err::<((), Nanos), _>("no")), Err("no"));
        assert_eq!(set(&states, 1, 1), None);
    }
}
