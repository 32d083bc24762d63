//! The request: its head, body and context.

mod bodies;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod request;
#[cfg(test)]
mod tests;
mod tower;

pub use bodies::BODY_LIMIT;
pub use request::Request;
pub use tower::MissingContext;
