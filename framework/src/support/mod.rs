//! Small building blocks: the clock, randomness, the container.

mod clock;
mod container;
mod random;
mod task;

pub use clock::{Clock, Timestamp};
pub use container::Container;
pub use random::{Random, RandomError};
pub(crate) use task::finish;
