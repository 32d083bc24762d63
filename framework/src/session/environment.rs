//! What a driver is opened with.

use std::sync::Arc;

use super::{config::SessionConfig, core::Core, settings::Settings};
use crate::{database::DatabaseManager, support::Clock};

/// What a driver is opened with.
#[derive(Clone, Debug)]
pub struct Environment {
    pub(crate) name: String,
    pub(crate) config: Arc<SessionConfig>,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) databases: Arc<DatabaseManager>,
    pub(crate) core: Arc<Core>,
}
