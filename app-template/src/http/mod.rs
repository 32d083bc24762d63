//! What answers requests.

pub mod controllers;
pub mod kernel;
