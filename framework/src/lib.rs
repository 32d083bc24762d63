//! Salon, a web framework whose first concern is the session.

pub mod config;
pub mod console;
pub mod encryption;
pub mod support;
