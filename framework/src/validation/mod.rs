//! Validation: input that a handler gets only if it is right.

mod english;
mod form_input;
mod rejection;
mod validated;

pub use validated::Validated;
