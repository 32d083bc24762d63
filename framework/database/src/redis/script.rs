//! A script that the server runs atomically.

/// A script that the server runs atomically, identified by its SHA-1.
#[derive(Debug)]
pub struct Script {
    pub(super) text: &'static str,
    pub(super) sha1: String,
}

impl Script {
    /// Creates a script from its text in Lua.
    pub fn new(text: &'static str) -> Self {
        Self { text, sha1: redis::Script::new(text).get_hash().to_owned() }
    }
}
