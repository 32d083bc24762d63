//! The middleware that comes with Salon.
//!
//! The guide has [a page](mod@crate::guide::middleware) about it.

mod bounded_states;
mod csrf_settings_error;
mod except;
mod secure_headers;
mod start_session;
mod throttle;
mod verify_csrf_token;

pub use csrf_settings_error::CsrfSettingsError;
pub use secure_headers::SecureHeaders;
pub use start_session::StartSession;
pub use throttle::{Throttle, ThrottleError};
pub use verify_csrf_token::{OtherSite, TokenMismatch, VerifyCsrfToken};
