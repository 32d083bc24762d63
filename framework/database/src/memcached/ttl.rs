//! How long an item is stored, in memcached's terms.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// memcached reads any number of seconds above this as a date.
const MAX_SECONDS: u64 = 30 * 24 * 3_600;
/// The latest date that memcached understands.
const MAX_DATE: u64 = i32::MAX as u64;

/// How long an item is stored: the argument of `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttl(u64);

impl Ttl {
    /// Converts a duration, rounded up to the next full second. Up to thirty days the server measures it by its own
    /// clock. A longer duration becomes a date of our clock, and a date beyond the range of memcached means that the
    /// item is stored until memory runs out.
    pub fn after(duration: Duration) -> Self {
        Self::at(duration, SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    fn at(duration: Duration, now: Duration) -> Self {
        let seconds = duration.as_secs().saturating_add(1);
        if seconds <= MAX_SECONDS {
            return Self(seconds);
        }
        let date = now.as_secs().saturating_add(seconds);
        Self(if date <= MAX_DATE { date } else { 0 })
    }

    pub(super) const fn as_seconds(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f_13_up_to_a_month_it_is_a_number_of_seconds_then_a_date_and_then_no_end() {
        let at = |seconds| Ttl::at(Duration::from_secs(seconds), Duration::from_secs(1_800_000_000)).as_seconds();
        assert_eq!(at(0), 1);
        assert_eq!(at(7_200), 7_201);
        assert_eq!(at(MAX_SECONDS - 1), MAX_SECONDS);
        assert_eq!(at(MAX_SECONDS), 1_800_000_000 + MAX_SECONDS + 1);
        assert_eq!(at(MAX_DATE), 0);
        assert_eq!(at(u64::MAX), 0);
    }
}
