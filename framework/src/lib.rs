//! Salon, a web framework whose first concern is the session.

pub mod config;
pub mod console;
#[doc(hidden)]
pub mod doc_support;
pub mod encryption;
pub mod http;
pub mod middleware;
pub mod routing;
pub mod session;
pub mod support;
pub mod validation;
pub mod view;
