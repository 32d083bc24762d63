//! Sessions for HTTP: what Salon's `StartSession` and the tower layer share.

mod request;
mod response;

pub use request::{cookie_values, is_prefetch, request_facts};
pub use response::{apply_verdict, forbid_sharing};
