//! Injectable time: the system's clock in an app, and in tests one that is moved by hand.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A moment, in milliseconds since 1970-01-01 UTC.
///
/// Arithmetic saturates: a clock that steps backwards yields a zero duration, never a panic.
///
/// ```
/// use std::time::Duration;
/// use salon_core::support::Timestamp;
///
/// let start = Timestamp::from_seconds(1_000);
/// let later = start + Duration::from_secs(90);
/// assert_eq!(later.since(start), Duration::from_secs(90));
/// assert_eq!(start.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The end of time: the expiry of values that never expire.
    pub const NEVER: Self = Self(u64::MAX);

    /// Returns the moment this many milliseconds after 1970-01-01 UTC.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Returns the moment this many seconds after 1970-01-01 UTC.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// Returns the milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn as_milliseconds(self) -> u64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// Returns the time since `earlier`, or zero if that is in the future.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(milliseconds))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A source of the current time. It is cheap to clone; clones of a manual clock move together.
///
/// ```
/// use std::time::Duration;
/// use salon_core::support::{Clock, Timestamp};
///
/// let clock = Clock::manual(Timestamp::from_seconds(1_000));
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), Timestamp::from_seconds(1_060));
/// ```
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// Creates a clock that shows the system time.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// Creates a clock that stands still until a test moves it.
    #[must_use]
    pub fn manual(now: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicU64::new(now.as_milliseconds()))))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            None => SystemTime::now().into(),
            Some(manual) => Timestamp(manual.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock to a moment, forwards or backwards. Has no effect on the system clock.
    pub fn set(&self, now: Timestamp) {
        if let Some(manual) = &self.0 {
            manual.store(now.as_milliseconds(), Ordering::SeqCst);
        }
    }

    /// Moves a manual clock forwards. Has no effect on the system clock.
    pub fn advance(&self, duration: Duration) {
        self.set(self.now() + duration);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.is_some() { "manual" } else { "system" };
        formatter.debug_tuple("Clock").field(&kind).field(&self.now()).finish()
    }
}
