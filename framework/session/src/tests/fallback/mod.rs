//! Two stores as one: the whole contract, and what is moved when. The races are with the [other ones](super::races).

mod aged;
pub(super) mod held;
mod migrate;
mod moving;
mod suite;
mod switch;
