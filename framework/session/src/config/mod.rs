//! The configuration of sessions: the section `session`, and what the rest of the crate makes of it.

pub(crate) mod access;
pub(crate) mod binding;
pub(crate) mod lifetime;
pub(crate) mod minutes;
pub(crate) mod section;
pub(crate) mod settings;
