//! What was read, before any section made sense of it.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use serde_json::Value;

/// The layers, the earliest first.
pub(super) struct Sources {
    pub(super) root: PathBuf,
    pub(super) files: BTreeMap<String, Value>,
    pub(super) dotenv: BTreeMap<String, String>,
    pub(super) environment: HashMap<String, String>,
    pub(super) overrides: Vec<(String, Value)>,
}
