//! What a session holds, and the rules for changing it. Everything here is pure.

pub(crate) mod bag;
pub(crate) mod content;
pub(crate) mod default_value;
pub(crate) mod entry;
pub(crate) mod error_bag;
pub(crate) mod input;
pub(crate) mod journal;
pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod path;
pub(crate) mod token;
