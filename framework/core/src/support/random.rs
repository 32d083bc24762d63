//! Injectable randomness: the operating system's in an app, and in tests a repeatable or a failing one.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The operating system provided no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system provided no random bytes")]
pub struct RandomError;

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Sequence(Arc<AtomicU64>),
    #[cfg(any(test, feature = "testing"))]
    Broken,
}

/// Fills buffers with random bytes. It is cheap to clone.
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

    /// Creates a source of predictable bytes, for tests only: each fill differs from the one before, but each run
    /// repeats.
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
    /// Returns an error if the operating system refuses. Nothing secret may be created then.
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

    /// A number from 0 to 1, for waits that are not to be all the same; one half if there are no random bytes.
    #[doc(hidden)]
    #[must_use]
    /// Returns a number from 0 to 1, for jitter. Returns one half if there are no random bytes.
    pub fn fraction(&self) -> f64 {
        let mut byte = [0];
        self.fill(&mut byte).map_or(0.5, |()| f64::from(byte[0]) / 255.0)
    }

    /// Whether this draw is the one in so many. Without random bytes none is.
    #[doc(hidden)]
    #[must_use]
    /// True once in `odds` draws on average. Always false without random bytes.
    pub fn is_drawn(&self, odds: NonZeroU32) -> bool {
        let mut bytes = [0; 4];
        self.fill(&mut bytes).is_ok() && u32::from_le_bytes(bytes).is_multiple_of(odds.get())
    }
}
