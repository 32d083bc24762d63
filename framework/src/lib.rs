//! Salon, a web framework whose first concern is the session.

pub mod config;
pub mod encryption;
pub mod support;
