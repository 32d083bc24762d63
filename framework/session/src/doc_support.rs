//! Setup code for the examples in this documentation. It is not part of the public API.

use std::{
    future::Future,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use salon_core::support::{Clock, Random, Timestamp};
use salon_database::{DatabaseConfig, DatabaseManager};

use crate::{
    config::SessionConfig,
    error::Result,
    manager::{Secrets, SessionManager},
    visit::{Ending, Session},
};

/// Runs an example's future.
///
/// # Panics
/// Panics if no runtime can be created.
#[expect(clippy::expect_used, reason = "an example that cannot run has failed")]
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn manager_with(clock: Clock) -> SessionManager {
    let config = SessionConfig { driver: "memory".to_owned(), ..SessionConfig::default() };
    #[expect(clippy::expect_used, reason = "the default configuration is valid")]
    let settings = config.settings("http://127.0.0.1:3000").expect("valid settings");
    let databases = Arc::new(DatabaseManager::new(PathBuf::new(), DatabaseConfig::default()));
    let manager = SessionManager::new(databases, config, settings, Secrets::default(), clock, Random::system());
    // Opening the driver here never waits for another task. Later calls find it open.
    let _ = futures_util::future::FutureExt::now_or_never(manager.open_default());
    manager
}

/// Returns a manager whose default driver is `memory`.
#[must_use]
pub fn manager() -> Arc<SessionManager> {
    static MANAGER: OnceLock<Arc<SessionManager>> = OnceLock::new();
    Arc::clone(MANAGER.get_or_init(|| Arc::new(manager_with(Clock::system()))))
}

/// Returns a session that presents this id and is not started yet.
#[must_use]
pub fn build_session(id: Option<&str>) -> Session {
    build(&manager(), id)
}

#[expect(clippy::expect_used, reason = "the memory driver always opens")]
fn build(manager: &SessionManager, id: Option<&str>) -> Session {
    let driver = futures_util::future::FutureExt::now_or_never(manager.default_driver());
    manager.build_session(driver.expect("at once").expect("a driver"), id)
}

/// Returns a new session that is started.
#[must_use]
pub fn session() -> Session {
    started(build_session(None))
}

/// Returns a new session that is started, and its clock.
#[must_use]
pub fn session_and_clock() -> (Session, Clock) {
    let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
    (started(build(&manager_with(clock.clone()), None)), clock)
}

#[expect(clippy::expect_used, reason = "a session without an id needs no store to start")]
fn started(session: Session) -> Session {
    futures_util::future::FutureExt::now_or_never(session.start()).expect("at once").expect("a session");
    session
}

/// Ends the request of a session as if it had shown a page, and starts the next request.
///
/// # Errors
/// Returns the errors of the session.
pub async fn next_request(session: &Session) -> Result<Session> {
    session.commit(Ending::CloseAndAge).await?;
    let id = session.id()?.expose();
    let next = build_session(Some(&id));
    next.start().await?;
    Ok(next)
}
