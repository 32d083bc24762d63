//! Up to which moment sessions may be removed: a clock that jumps must not cost the sessions of everybody. Pure.

use std::time::Instant;

use salon_core::support::Timestamp;

use crate::limits::KEPT_AFTER_EXPIRY;

/// How much faster than real time the horizon moves on when the clock is ahead.
const FASTEST: u32 = 2;

/// What is over by this moment may be removed.
///
/// Whether a visitor's session is over is decided by the clock, and comes right again with it; what is removed does not. So
/// removal follows a clock that jumped ahead at twice the speed of real time only: a clock that is wrong by ten years costs
/// nobody a session, and one that was suspended for a night is caught up with by noon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    /// The farthest that it has come. A clock that was wrong the other way for a while does not take it back.
    farthest: Timestamp,
    measured: Instant,
}

impl Horizon {
    /// The horizon of a process that begins now.
    pub(crate) fn new(now: Timestamp, measured: Instant) -> Self {
        Self { farthest: Self::of(now), measured }
    }

    /// The horizon of a clock that is trusted.
    pub(crate) fn of(now: Timestamp) -> Timestamp {
        Timestamp::from_milliseconds(now.as_milliseconds().saturating_sub(KEPT_AFTER_EXPIRY.as_secs() * 1_000))
    }

    /// Moves the horizon on to this time of the clock, as far as the time that has really passed allows.
    pub(crate) fn advance(&mut self, now: Timestamp, measured: Instant) -> Timestamp {
        let passed = measured.saturating_duration_since(self.measured);
        let farthest = self.farthest + passed * FASTEST;
        let wanted = Self::of(now);
        if wanted > farthest {
            let ahead = wanted.since(farthest).as_secs();
            tracing::warn!(
                ahead,
                "the clock has jumped ahead by more seconds than have passed: expired sessions are removed slowly until it is caught up with"
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
