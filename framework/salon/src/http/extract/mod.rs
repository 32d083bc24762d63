//! Extractors: what a handler's arguments may be.

mod bodies;
mod form;
mod from_request;
mod inject;
mod json;
mod parts;
mod path;
mod path_deserializer;
mod query;

pub use form::Form;
pub use from_request::{FromRequest, FromRequestParts};
#[doc(hidden)]
pub use from_request::{ViaParts, ViaRequest};
pub use inject::{Inject, NotBound};
pub use json::Json;
pub use path::Path;
pub use path_deserializer::PathError;
pub use query::Query;

#[cfg(test)]
mod tests;
