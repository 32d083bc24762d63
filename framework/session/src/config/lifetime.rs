//! When a session expires, for the cookie and for the record alike. Pure.

use std::time::Duration;

use salon_core::support::Timestamp;

use crate::contract::Record;

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// How long a session lives without a request.
    pub(crate) idle: Duration,
    /// How long a session lives however active it is, if there is a limit.
    pub(crate) absolute: Option<Duration>,
    /// How long the activity of a session is not written back after it was written.
    pub(crate) touch_interval: Duration,
}

/// How long sessions live, without and with a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    pub(crate) guest: Lifetime,
    pub(crate) user: Lifetime,
}

impl Lifetimes {
    /// Returns how long a session of this user lives, or of nobody.
    pub(crate) const fn of(&self, user: Option<&str>) -> &Lifetime {
        if user.is_some() { &self.user } else { &self.guest }
    }
}

impl Lifetime {
    /// Returns when a session expires that was created and last active at these moments.
    pub(crate) fn expires_at(&self, created_at: Timestamp, active_at: Timestamp) -> Timestamp {
        let idle_end = active_at + self.idle;
        self.absolute.map_or(idle_end, |absolute| idle_end.min(created_at + absolute))
    }

    /// True if a record has expired. It has if its age equals the limit.
    pub(crate) fn is_expired(&self, record: &Record, now: Timestamp) -> bool {
        now >= self.expires_at(record.created_at, record.active_at)
    }

    /// True if the activity of this request must be written back.
    pub(crate) fn is_touch_due(&self, active_at: Timestamp, now: Timestamp) -> bool {
        now.since(active_at) >= self.touch_interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Lifetime = Lifetime {
        idle: Duration::from_secs(100),
        absolute: Some(Duration::from_secs(250)),
        touch_interval: Duration::from_secs(10),
    };

    fn record(created: u64, active: u64) -> Record {
        Record {
            created_at: Timestamp::from_seconds(created),
            active_at: Timestamp::from_seconds(active),
            ..Record::default()
        }
    }

    #[test]
    fn sr_20_a_session_has_expired_when_its_age_equals_the_limit() {
        let record = record(0, 100);
        assert!(!LIFETIME.is_expired(&record, Timestamp::from_milliseconds(199_999)));
        assert!(LIFETIME.is_expired(&record, Timestamp::from_seconds(200)));
    }

    #[test]
    fn sr_20_activity_does_not_extend_the_absolute_limit() {
        let record = record(0, 249);
        assert!(LIFETIME.is_expired(&record, Timestamp::from_seconds(250)));
    }

    #[test]
    fn sr_21_a_clock_that_steps_back_ends_nothing() {
        assert!(!LIFETIME.is_expired(&record(1_000, 1_000), Timestamp::from_seconds(10)));
        assert!(!LIFETIME.is_touch_due(Timestamp::from_seconds(1_000), Timestamp::from_seconds(10)));
    }

    #[test]
    fn activity_is_written_back_once_an_interval() {
        let active = Timestamp::from_seconds(100);
        assert!(!LIFETIME.is_touch_due(active, Timestamp::from_seconds(109)));
        assert!(LIFETIME.is_touch_due(active, Timestamp::from_seconds(110)));
    }
}
