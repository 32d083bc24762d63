//! Injectable randomness: the operating system's in an app, and in tests a repeatable or a failing one.

use std::{
    num::NonZeroU32,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The operating system provided no random bytes. Nothing secret can be created without them.
///
/// ```
/// use salon_core::support::{Random, RandomError};
///
/// fn token(random: &Random) -> Result<[u8; 16], RandomError> {
///     let mut bytes = [0; 16];
///     random.fill(&mut bytes)?;
///     Ok(bytes)
/// }
/// assert!(token(&Random::system()).is_ok());
/// assert_eq!(RandomError.to_string(), "the operating system provided no random bytes");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the operating system provided no random bytes")]
pub struct RandomError;

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// Counts the fills.
    Sequence(Arc<AtomicU64>),
    #[cfg(any(test, feature = "testing"))]
    Broken,
}

/// A source of random bytes. It is cheap to clone; clones of a [sequence](Self::sequence) share their position.
///
/// ```
/// use salon_core::support::Random;
///
/// let mut bytes = [0; 32];
/// Random::system().fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 32]);
/// # Ok::<(), salon_core::support::RandomError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Random(Source);

impl Random {
    /// Creates a source that uses the operating system's generator.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Creates a source of predictable bytes, for tests only: every fill differs from the one before, and every run
    /// repeats the last one.
    ///
    /// ```
    /// use salon_core::support::Random;
    ///
    /// let fills = |random: Random| {
    ///     let mut bytes = [[0; 8]; 2];
    ///     bytes.iter_mut().try_for_each(|bytes| random.fill(bytes)).map(|()| bytes)
    /// };
    /// let [first, second] = fills(Random::sequence())?;
    /// assert_ne!(first, second);
    /// assert_eq!(fills(Random::sequence())?, [first, second]);
    /// # Ok::<(), salon_core::support::RandomError>(())
    /// ```
    #[must_use]
    pub fn sequence() -> Self {
        Self(Source::Sequence(Arc::default()))
    }

    /// Creates a source that fails, to test that nothing continues without random bytes.
    #[cfg(any(test, feature = "testing"))]
    #[doc(hidden)]
    #[must_use]
    pub const fn broken() -> Self {
        Self(Source::Broken)
    }

    /// Fills the buffer.
    ///
    /// # Errors
    /// Returns an error if the operating system provides no random bytes. Do not create a secret then.
    pub fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        match &self.0 {
            Source::System => getrandom::fill(buffer).map_err(|_| RandomError),
            Source::Sequence(next) => {
                let count = next.fetch_add(1, Ordering::SeqCst).to_be_bytes();
                for (index, byte) in buffer.iter_mut().enumerate() {
                    *byte = count[index % count.len()];
                }
                Ok(())
            }
            #[cfg(any(test, feature = "testing"))]
            Source::Broken => Err(RandomError),
        }
    }

    /// Returns a duration multiplied by a random factor from this range: a pause with jitter.
    ///
    /// Processes that fail together, for example because they all lost the same server, would otherwise also retry
    /// together, collide again, and overload what they wait for. A random factor spreads them out. Use `0.5..=1.0` for
    /// a pause between attempts, and a range around 1 for a task that runs at an interval.
    ///
    /// Without random bytes the factor is the middle of the range, because a pause is not a secret. A product beyond
    /// [`Duration::MAX`] is [`Duration::MAX`], and a negative factor gives zero.
    ///
    /// ```
    /// use std::time::Duration;
    /// use salon_core::support::Random;
    ///
    /// let pause = Random::system().jitter(Duration::from_millis(200), 0.5..=1.0);
    /// assert!((Duration::from_millis(100)..=Duration::from_millis(200)).contains(&pause));
    /// ```
    #[must_use]
    pub fn jitter(&self, duration: Duration, factors: RangeInclusive<f64>) -> Duration {
        let mut bytes = [0; 4];
        let fraction =
            self.fill(&mut bytes).map_or(0.5, |()| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX));
        let factor = factors.start() + (factors.end() - factors.start()) * fraction;
        Duration::try_from_secs_f64(duration.as_secs_f64() * factor.max(0.0)).unwrap_or(Duration::MAX)
    }

    /// Returns 16 hexadecimal digits that nobody can predict, for the name of a temporary file.
    ///
    /// # Errors
    /// Returns an error if the operating system provides no random bytes.
    #[doc(hidden)]
    pub fn suffix(&self) -> Result<String, RandomError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
    }

    /// True once in `odds` draws on average. Always false without random bytes.
    #[doc(hidden)]
    #[must_use]
    pub fn is_drawn(&self, odds: NonZeroU32) -> bool {
        let mut bytes = [0; 4];
        self.fill(&mut bytes).is_ok() && u32::from_le_bytes(bytes).is_multiple_of(odds.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_pause_with_jitter_stays_in_its_range_and_differs_from_time_to_time() {
        let pauses: Vec<_> = (0..64).map(|_| Random::system().jitter(SECOND, 0.9..=1.1)).collect();
        assert!(pauses.iter().all(|pause| (SECOND * 9 / 10..=SECOND * 11 / 10).contains(pause)), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }

    #[test]
    fn without_random_bytes_a_pause_has_the_middle_of_its_range() {
        assert_eq!(Random::broken().jitter(SECOND, 0.5..=1.5), SECOND);
    }

    #[test]
    fn a_pause_that_cannot_be_represented_does_not_panic() {
        assert_eq!(Random::broken().jitter(Duration::MAX, 2.0..=2.0), Duration::MAX);
        assert_eq!(Random::broken().jitter(SECOND, -2.0..=-1.0), Duration::ZERO);
    }
}
