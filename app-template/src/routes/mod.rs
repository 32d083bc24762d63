//! The routes: which controller handles which path.

pub mod api;
pub mod health;
pub mod web;
