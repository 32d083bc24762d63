//! Validation: a handler only receives input that passed its rules.
//!
//! The guide has [a page](mod@crate::guide::forms_and_validation) about it.

mod english;
mod form_input;
mod rejection;
mod validated;

#[doc(inline)]
pub use crate::session::ErrorBag;
pub use validated::Validated;
