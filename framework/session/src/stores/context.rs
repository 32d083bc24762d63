//! What a driver is opened with.

use std::sync::Arc;

use salon_core::{encryption::Sealer, support::Clock};
use salon_database::DatabaseManager;

use crate::{
    config::{SessionConfig, Settings},
    visit::{Core, SessionDriver},
};

/// What a driver is opened with.
#[derive(Clone, Debug)]
pub struct DriverContext {
    pub(crate) name: String,
    pub(crate) config: Arc<SessionConfig>,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) databases: Arc<DatabaseManager>,
    pub(crate) core: Arc<Core>,
    /// What seals sessions that are kept in cookies, if the app has a key.
    pub(crate) cookies: Option<Arc<Sealer>>,
    /// The driver that is to keep which of those have ended, if there is one.
    pub(crate) revocations: Option<SessionDriver>,
}
