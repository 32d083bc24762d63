//! The raw sources, before any section interprets them.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::Value;

/// The sources, those first that others override.
pub(super) struct Sources {
    /// The app's folder.
    pub(super) root: PathBuf,
    /// The files of `config/` by section.
    pub(super) files: BTreeMap<String, Value>,
    /// The names and values in `.env`.
    pub(super) dotenv: BTreeMap<String, String>,
    /// The process's environment.
    pub(super) environment: BTreeMap<String, String>,
    /// Dotted keys that start with their section, and their values. The last one of a key counts.
    pub(super) overrides: Vec<(String, Value)>,
}
