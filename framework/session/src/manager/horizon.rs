//! Up to which moment sessions may be removed, so that a clock that jumps does not cost all visitors their sessions.
//! Pure.

use std::time::Instant;

use salon_core::support::Timestamp;

use crate::limits::KEPT_AFTER_EXPIRY;

/// How much faster than real time the horizon moves while the clock is ahead of it.
const FASTEST: u32 = 2;

/// The moment up to which expired sessions may be removed.
///
/// A load decides by the clock whether a session has expired, and decides correctly again once the clock is corrected.
/// A removal cannot be undone. So while the clock is ahead, the horizon follows it at twice the speed of real time
/// only: a clock that is wrong by ten years costs nobody a session, and after a night of suspension the horizon has
/// caught up by noon.
///
/// Who would miss this? Nobody for years, and then every visitor at once: when the clock of a running server is set
/// wrong, a single run of the collector would remove all sessions (F-14). The cost is two fields and a comparison for
/// each run, and expired sessions that stay longer after a suspension. It does not help a process that starts with a
/// wrong clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    /// The farthest moment reached. A clock that was behind for a while does not take it back.
    farthest: Timestamp,
    measured: Instant,
}

impl Horizon {
    /// Creates the horizon of a process that starts now.
    pub(crate) fn new(now: Timestamp, measured: Instant) -> Self {
        Self { farthest: Self::of(now), measured }
    }

    /// Returns the horizon of a clock that is trusted.
    pub(crate) fn of(now: Timestamp) -> Timestamp {
        Timestamp::from_milliseconds(now.as_milliseconds().saturating_sub(KEPT_AFTER_EXPIRY.as_secs() * 1_000))
    }

    /// Moves the horizon towards this time of the clock, as far as the time that has really passed allows, and returns
    /// it.
    pub(crate) fn advance(&mut self, now: Timestamp, measured: Instant) -> Timestamp {
        let passed = measured.saturating_duration_since(self.measured);
        let farthest = self.farthest + passed * FASTEST;
        let wanted = Self::of(now);
        if wanted > farthest {
            let ahead = wanted.since(farthest).as_secs();
            tracing::warn!(
                ahead,
                "the clock has jumped ahead: check it. Until the collector has caught up, it removes expired sessions slowly"
            );
        }
        let until = wanted.min(farthest);
        *self = Self { farthest: until.max(self.farthest + passed), measured };
        until
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: u64 = 3600;

    #[test]
    fn f_14_a_clock_that_jumps_ahead_moves_the_horizon_little_and_one_that_jumps_back_moves_it_back() {
        let (start, began) = (Timestamp::from_seconds(1_000_000), Instant::now());
        let mut horizon = Horizon::new(start, began);
        let hour = Duration::from_secs(HOUR);
        assert_eq!(horizon.advance(start + hour, began + hour).as_seconds(), 1_000_000 + HOUR - 60);

        let jump = Duration::from_secs(10 * 365 * 24 * HOUR);
        assert_eq!(horizon.advance(start + hour * 2 + jump, began + hour * 2).as_seconds(), 1_000_000 + 3 * HOUR - 60);
        // Right again: nothing is removed before its time.
        assert_eq!(horizon.advance(start + hour * 3, began + hour * 3).as_seconds(), 1_000_000 + 3 * HOUR - 60);
        let earlier = Timestamp::from_seconds(500_000);
        assert_eq!(horizon.advance(earlier, began + hour * 4).as_seconds(), 500_000 - 60);
    }

    #[test]
    fn f_14_a_clock_that_was_back_for_a_while_keeps_nothing_from_being_removed_when_it_is_right_again() {
        let (start, began) = (Timestamp::from_seconds(1_000_000_000), Instant::now());
        let mut horizon = Horizon::new(start, began);
        let (hour, wrong) = (Duration::from_secs(HOUR), Timestamp::from_seconds(500_000_000));
        for hours in 1..=48 {
            let passed = hour * hours;
            assert_eq!(horizon.advance(wrong + passed, began + passed), Horizon::of(wrong + passed));
        }
        assert_eq!(horizon.advance(start + hour * 49, began + hour * 49), Horizon::of(start + hour * 49));
    }

    #[test]
    fn sr_21_a_night_of_sleep_is_caught_up_with() {
        let (start, began) = (Timestamp::from_seconds(1_000_000), Instant::now());
        let mut horizon = Horizon::new(start, began);
        let night = Duration::from_secs(8 * HOUR);
        for hours in 1..=8 {
            let passed = Duration::from_secs(hours * HOUR);
            horizon.advance(start + night + passed, began + passed);
        }
        assert_eq!(horizon.farthest, Horizon::of(start + night * 2));
    }
}
