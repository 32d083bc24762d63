//! Does something at most once per period.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Lets something happen at most once per period: a warning that each request would repeat.
///
/// ```
/// use salon_core::support::OncePer;
///
/// static MINUTE: OncePer = OncePer::minute();
/// assert!(MINUTE.is_due());
/// assert!(!MINUTE.is_due());
/// ```
#[derive(Debug)]
pub struct OncePer {
    period: Duration,
    last: Mutex<Option<Instant>>,
}

impl OncePer {
    /// Once per minute.
    #[must_use]
    pub const fn minute() -> Self {
        Self { period: Duration::from_secs(60), last: Mutex::new(None) }
    }

    /// True if the period has passed since the last call that returned true.
    pub fn is_due(&self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&self, now: Instant) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now.saturating_duration_since(last) >= self.period);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_again_when_the_period_has_passed() {
        let (minute, start) = (OncePer::minute(), Instant::now());
        assert!(minute.is_due_at(start));
        assert!(!minute.is_due_at(start + Duration::from_secs(59)));
        assert!(minute.is_due_at(start + Duration::from_secs(60)));
        assert!(!minute.is_due_at(start + Duration::from_secs(61)));
    }
}
