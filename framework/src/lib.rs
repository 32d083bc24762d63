//! Salon, a web framework whose first concern is the session.

pub mod http;
pub mod routing;
pub mod session;
pub mod support;
