//! Minutes, the unit of long times in the configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

/// A number of minutes: 120, or 0.5 for thirty seconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub f64);

/// A century. A longer time is certainly a mistake.
const MAX: f64 = 100.0 * 366.0 * 24.0 * 60.0;

impl Minutes {
    /// True if this is a number from 0 to a century.
    #[must_use]
    pub fn is_valid(self) -> bool {
        (0.0..=MAX).contains(&self.0)
    }

    /// True if this is 0, rounded to the millisecond.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.as_duration().is_zero()
    }

    /// Returns the time, rounded to the millisecond. Minutes that are not [valid](Self::is_valid) are zero.
    #[must_use]
    pub fn as_duration(self) -> Duration {
        if self.is_valid() { Duration::from_millis(milliseconds(self.0)) } else { Duration::ZERO }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "valid minutes are neither large nor negative"
)]
fn milliseconds(minutes: f64) -> u64 {
    (minutes * 60_000.0).round() as u64
}

/// Whole minutes are written as whole numbers: 120, not 120.0.
impl Serialize for Minutes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.as_duration();
        if self.is_valid() && whole.subsec_nanos() == 0 && whole.as_secs().is_multiple_of(60) {
            return serializer.serialize_u64(whole.as_secs() / 60);
        }
        serializer.serialize_f64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_durations_to_the_millisecond() {
        assert_eq!(Minutes(120.0).as_duration(), Duration::from_secs(7200));
        assert_eq!(Minutes(1.0 / 60.0).as_duration(), Duration::from_secs(1));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for minutes in [f64::NAN, f64::INFINITY, -1.0, 1e12] {
            assert!(!Minutes(minutes).is_valid(), "{minutes}");
        }
    }

    #[test]
    fn whole_minutes_are_written_whole() {
        assert_eq!(serde_json::to_string(&Minutes(120.0)).unwrap(), "120");
        assert_eq!(serde_json::to_string(&Minutes(0.5)).unwrap(), "0.5");
        assert_eq!(serde_json::from_str::<Minutes>("120").unwrap(), Minutes(120.0));
    }
}
