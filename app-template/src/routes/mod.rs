//! Which address leads to which controller.

pub mod api;
pub mod health;
pub mod web;
