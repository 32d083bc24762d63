//! When a connection was lost for the last time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A connection that was idle for longer is asked whether it is there still, before it is used.
const TRUSTED: Duration = Duration::from_secs(1);

/// When a connection of a pool was lost for the last time: those that were idle then may be lost, too.
#[derive(Clone, Debug, Default)]
pub struct Losses(Arc<Mutex<Option<Instant>>>);

impl Losses {
    /// Notes that a connection was lost.
    pub fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection that was idle for so long has to be asked first.
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
