//! Small building blocks: the clock, randomness, the container.

mod clock;
mod container;
mod once_per;
mod random;
mod sentence;
mod task;

pub use clock::{Clock, Timestamp};
pub use container::Container;
pub use once_per::OncePer;
pub use random::{Random, RandomError};
pub use sentence::sentence;
#[doc(hidden)]
pub use task::finish;
