//! When a connection was last lost.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A connection that was idle for longer than this is pinged before it is used.
const MAX_IDLE: Duration = Duration::from_secs(1);

/// When a connection of a pool was last lost. Connections that were idle at that time may be lost too.
#[derive(Clone, Debug, Default)]
pub struct Losses(Arc<Mutex<Option<Instant>>>);

impl Losses {
    /// Records that a connection was lost.
    pub fn record(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// True if a connection that was idle for this long must be pinged first.
    pub(super) fn require_ping(&self, idle: Duration) -> bool {
        let lost = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle > MAX_IDLE || lost.is_some_and(|lost| lost.elapsed() < idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_loss_connections_that_were_idle_then_are_pinged() {
        let losses = Losses::default();
        assert!(!losses.require_ping(Duration::from_millis(500)) && losses.require_ping(Duration::from_millis(1_500)));
        losses.record();
        assert!(losses.require_ping(Duration::from_millis(900)) && !losses.require_ping(Duration::ZERO));
    }
}
