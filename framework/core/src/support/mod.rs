//! Small building blocks: the [clock](Clock), [randomness](Random), the [container](Container) of services, and
//! [errors in one sentence](sentence). Time and randomness are values that are passed in, so that a test replaces them.

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
