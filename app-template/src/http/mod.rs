//! Everything that handles requests.

pub mod controllers;
pub mod kernel;
