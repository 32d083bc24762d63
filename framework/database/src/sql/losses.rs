//! When a connection was last lost.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A connection that was idle for longer than this is pinged before it is used.
const TRUSTED: Duration = Duration::from_secs(1);

/// When a connection of a pool was last lost. Connections that were idle at that time may be lost too.
#[derive(Clone, Debug, Default)]
pub struct Losses(Arc<Mutex<Option<Instant>>>);

impl Losses {
    /// Records that a connection was lost.
    pub fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// True if a connection that was idle for this long must be pinged first.
    pub(super) fn concern(&self, idle: Duration) -> bool {
        let lost = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle > TRUSTED || lost.is_some_and(|lost| lost.elapsed() < idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_loss_every_connection_is_asked_that_was_idle_at_that_time() {
        let losses = Losses::default();
        assert!(!losses.concern(Duration::from_millis(500)) && losses.concern(Duration::from_millis(1_500)));
        losses.note();
        assert!(losses.concern(Duration::from_millis(900)) && !losses.concern(Duration::ZERO));
    }
}
