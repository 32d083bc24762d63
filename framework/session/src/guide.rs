//! The guide to sessions outside Salon's own framework.

#[cfg_attr(feature = "axum", doc = include_str!("../docs/axum.md"))]
pub mod axum {}

#[cfg_attr(feature = "axum", doc = include_str!("../docs/coming-from-tower-sessions.md"))]
pub mod coming_from_tower_sessions {}
