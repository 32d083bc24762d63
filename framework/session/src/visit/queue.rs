//! Queues for requests of one session that have collided, so that they are served in the order in which they came.
//!
//! A request without a collision never queues: its first attempt goes straight to the store. Only if another request
//! was faster does it join a queue, and so do later requests that find one. Between processes there is no queue; the
//! store decides.
//!
//! Who would miss this? A page that sends fifty requests at once which all write. With compare and set alone, one of
//! them wins each round and the others try again: over a thousand attempts for fifty saves, and a slow request may lose
//! every round until it gives up. In a queue, a request needs two or three attempts. While no session has a queue, the
//! cost is one atomic load for each save.

use std::{
    collections::HashMap,
    sync::{
        Arc, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{Mutex, Notify, OwnedMutexGuard};

use crate::contract::Digest;

#[derive(Debug, Default)]
pub(crate) struct Queues {
    by_digest: std::sync::Mutex<HashMap<Digest, Arc<Queue>>>,
    /// How many queues there are. While there are none, a request takes no lock.
    count: AtomicUsize,
}

#[derive(Debug, Default)]
struct Queue {
    turns: Arc<Mutex<()>>,
    /// Notified when what the queue waits for is free.
    call: Notify,
}

/// The turn of a request. When it is dropped, the next request gets its turn.
pub(crate) struct Turn<'a> {
    queues: &'a Queues,
    digest: Digest,
    queue: Option<Arc<Queue>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turn<'_> {
    /// Waits until the first request of the queue is called.
    pub(crate) async fn called(&self) {
        match &self.queue {
            Some(queue) => queue.call.notified().await,
            None => std::future::pending().await,
        }
    }
}

impl Queues {
    /// Waits for a turn if there is a queue for this session.
    pub(crate) async fn join_if_exists(&self, digest: &Digest) -> Option<Turn<'_>> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let queue = self.by_digest().get(digest).cloned()?;
        Some(self.wait(*digest, queue).await)
    }

    /// Waits for a turn in the queue of this session, and creates the queue if there is none.
    pub(crate) async fn join(&self, digest: &Digest) -> Turn<'_> {
        let queue = {
            let mut by_digest = self.by_digest();
            let queue = Arc::clone(by_digest.entry(*digest).or_default());
            self.count.store(by_digest.len(), Ordering::Relaxed);
            queue
        };
        self.wait(*digest, queue).await
    }

    /// Wakes the first request in the queue of a session, if there is one: what it waits for is free.
    pub(crate) fn wake_next(&self, digest: &Digest) {
        if self.count.load(Ordering::Relaxed) != 0
            && let Some(queue) = self.by_digest().get(digest)
        {
            queue.call.notify_one();
        }
    }

    /// Returns how many requests are in the queue of a session.
    #[cfg(test)]
    pub(crate) fn waiting(&self, digest: &Digest) -> usize {
        self.by_digest().get(digest).map_or(0, |queue| Arc::strong_count(queue) - 1)
    }

    async fn wait(&self, digest: Digest, queue: Arc<Queue>) -> Turn<'_> {
        let turns = Arc::clone(&queue.turns);
        // Created before the wait, so that a request that leaves while it waits also removes an empty queue.
        let mut turn = Turn { queues: self, digest, queue: Some(queue), guard: None };
        turn.guard = Some(turns.lock_owned().await);
        turn
    }

    fn by_digest(&self) -> MutexGuard<'_, HashMap<Digest, Arc<Queue>>> {
        self.by_digest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.guard = None;
        self.queue = None;
        let mut by_digest = self.queues.by_digest();
        // The reference of this turn is gone, so if nobody waits, the map has the only one.
        if by_digest.get(&self.digest).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            by_digest.remove(&self.digest);
        }
        self.queues.count.store(by_digest.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const DIGEST: Digest = Digest::from_bytes([7; 32]);

    #[tokio::test]
    async fn turns_come_in_order_and_the_queue_dissolves() {
        let queues = Queues::default();
        assert!(queues.join_if_exists(&DIGEST).await.is_none());
        let first = queues.join(&DIGEST).await;
        let mut second = Box::pin(queues.join_if_exists(&DIGEST));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        let second = second.await;
        assert!(second.is_some());
        drop(second);
        assert!(queues.by_digest().is_empty());
        assert!(queues.join_if_exists(&DIGEST).await.is_none());
    }

    #[tokio::test]
    async fn a_waiter_who_leaves_leaves_nothing_behind() {
        let queues = Queues::default();
        let first = queues.join(&DIGEST).await;
        let mut second = Box::pin(queues.join(&DIGEST));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(queues.by_digest().is_empty());
    }

    #[tokio::test]
    async fn sessions_do_not_wait_for_each_other() {
        let queues = Queues::default();
        let _first = queues.join(&DIGEST).await;
        assert!(queues.join(&Digest::from_bytes([8; 32])).now_or_never().is_some());
    }
}
