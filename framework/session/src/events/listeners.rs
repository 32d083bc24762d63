//! Passes events to the log, and to the listeners that the app has registered.

use std::{
    collections::HashSet,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{contract::Digest, events::event::SessionEvent};

type Listener = Arc<dyn Fn(&SessionEvent) + Send + Sync>;

/// How many unreadable records are remembered, so that each is reported once.
const REMEMBERED: usize = 10_000;

#[derive(Default)]
pub(crate) struct Events {
    listeners: RwLock<Vec<Listener>>,
    /// True if there is a listener. While there is none, an event costs no lock.
    has_listeners: AtomicBool,
    unreadable: Mutex<HashSet<Digest>>,
}

impl Events {
    pub(crate) fn listen(&self, listener: Listener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
        self.has_listeners.store(true, Ordering::Release);
    }

    pub(crate) fn emit(&self, event: &SessionEvent) {
        event.log();
        if !self.has_listeners.load(Ordering::Acquire) {
            return;
        }
        // Called without the lock, because a listener may register another one.
        let listeners = self.listeners.read().unwrap_or_else(PoisonError::into_inner).clone();
        for listener in listeners {
            // A bug in a listener must not cost a visitor the session.
            if catch_unwind(AssertUnwindSafe(|| listener(event))).is_err() {
                tracing::error!("a listener for session events panicked");
            }
        }
    }

    /// Emits the event for a record that cannot be read, once for each record.
    pub(crate) fn report_corrupt(&self, session: &Digest, reason: &str) {
        let is_news = {
            let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
            if unreadable.len() >= REMEMBERED {
                unreadable.clear();
            }
            unreadable.insert(*session)
        };
        if is_news {
            self.emit(&SessionEvent::Corrupt { session: *session, reason: reason.to_owned() });
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Events").finish_non_exhaustive()
    }
}
