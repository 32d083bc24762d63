//! The middleware that comes with Salon.
//!
//! The guide has [a page](mod@crate::guide::middleware) about it.

mod body_limit;
mod bounded_states;
mod csrf_settings_error;
mod except;
mod request_id;
mod secure_headers;
mod start_session;
#[cfg(test)]
mod tests;
mod throttle;
mod timeout;
mod verify_csrf_token;

pub use body_limit::{BodyLimit, BodyLimitError};
pub use csrf_settings_error::CsrfSettingsError;
pub use request_id::RequestId;
pub use secure_headers::SecureHeaders;
pub use start_session::StartSession;
pub use throttle::{Throttle, ThrottleError};
pub use timeout::{Timeout, TimeoutError};
pub use verify_csrf_token::{OtherSite, TokenMismatch, VerifyCsrfToken};
