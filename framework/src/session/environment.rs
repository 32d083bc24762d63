//! What a driver is opened with.

use std::{path::PathBuf, sync::Arc};

use super::{config::SessionConfig, settings::Settings};
use crate::support::Clock;

/// What a driver is opened with.
#[derive(Clone, Debug)]
pub struct Environment {
    pub(crate) name: String,
    pub(crate) config: Arc<SessionConfig>,
    pub(crate) root: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
}
