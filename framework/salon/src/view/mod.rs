//! Views: Tera templates from `resources/views`, their helpers, and the error pages.
//!
//! The guide has [a page](mod@crate::guide::views) about it.

mod engine;
mod error;
mod error_pages;
mod functions;
mod reading;
mod session_functions;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod view;

pub use engine::ViewEngine;
pub use error::{TemplateError, ViewError};
pub(crate) use error_pages::{ErrorPages, RequestSummary, place};
pub use view::{View, view};
