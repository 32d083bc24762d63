//! The guide to sessions in apps that do not use the rest of Salon.
//!
//! - [`axum`]: sessions in an axum app
//! - [`coming_from_tower_sessions`]: which call becomes which, and what behaves differently

// The link definitions come first, so that links mean pages of this documentation here; in the files they mean files.
#[doc = "[coming from tower-sessions]: coming_from_tower_sessions\n"]
#[cfg_attr(feature = "axum", doc = include_str!("../docs/axum.md"))]
pub mod axum {}

#[doc = "[sessions in an axum app]: axum\n"]
#[cfg_attr(feature = "axum", doc = include_str!("../docs/coming-from-tower-sessions.md"))]
pub mod coming_from_tower_sessions {}
