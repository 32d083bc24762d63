//! The raw sources, before any section interprets them.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use serde_json::Value;

/// The layers, the lowest first.
pub(super) struct Sources {
    pub(super) root: PathBuf,
    pub(super) files: BTreeMap<String, Value>,
    pub(super) dotenv: BTreeMap<String, String>,
    pub(super) environment: HashMap<String, String>,
    pub(super) overrides: Vec<(String, Value)>,
}
