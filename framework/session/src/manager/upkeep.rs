//! What an operator asks of the configured driver, and what is done for all of them.

use std::{future::Future, sync::Arc};

use crate::{
    contract::{id::Digest, store::Listing},
    error::Result,
    manager::{
        collector,
        health::FailingDriver,
        manager::SessionManager,
        migration::{self, Migrated, MigrationError},
    },
    visit::session_driver::SessionDriver,
};

impl SessionManager {
    /// How many sessions the configured driver keeps.
    ///
    /// # Errors
    /// The driver failed, or cannot count.
    pub async fn count(&self) -> Result<u64> {
        self.default_driver().await?.count().await
    }

    /// Removes expired sessions from the configured driver; how many.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn gc(&self) -> Result<u64> {
        self.default_driver().await?.gc().await
    }

    /// Ends the session that an id leads to; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy(&self, id: &str) -> Result<bool> {
        self.default_driver().await?.destroy(id).await
    }

    /// Ends the session of a digest, as a list of sessions names it, be it renewed since; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy_digest(&self, digest: &Digest) -> Result<bool> {
        self.default_driver().await?.destroy_digest(digest).await
    }

    /// The sessions that a user is logged in with.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn user_sessions(&self, user: &str) -> Result<Vec<Listing>> {
        self.default_driver().await?.user_sessions(user).await
    }

    /// Ends the sessions of a user, but for one that may stay; how many.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> Result<u64> {
        self.default_driver().await?.end_user_sessions(user, except).await
    }

    /// Copies the sessions that are alive from one driver to another, and tells each time how far it has come, and of how many if
    /// the source can count.
    pub async fn migrate(
        &self,
        from: &str,
        to: &str,
        mut tell: impl FnMut(&Migrated, Option<u64>),
    ) -> std::result::Result<Migrated, MigrationError> {
        migration::check(from, to, &self.driver_names())?;
        let (source, target) = (self.open(from).await?, self.open(to).await?);
        let total = source.store().count(self.core.clock.now()).await.ok();
        Ok(migration::migrate(&self.core, &source, &target, |migrated| tell(migrated, total)).await?)
    }

    /// Asks every driver that is open, the configured one among them, whether it answers: those that do not. It takes three
    /// seconds at most, and never asks a driver that has yet to answer.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let manager = salon_session::doc_support::manager();
    /// for failing in manager.check().await {
    ///     println!("the session driver {} does not answer: {}", failing.driver, failing.reason);
    /// }
    /// # });
    /// ```
    pub async fn check(&self) -> Vec<FailingDriver> {
        let opened = self.drivers().values().filter_map(|cell| cell.get().cloned()).collect();
        let failing = self.questions.ask(&self.core, opened).await.into_iter();
        let failing =
            failing.map(|(driver, reason)| FailingDriver { connection: self.connection_of(&driver), driver, reason });
        failing.collect()
    }

    /// Removes expired sessions regularly until `shutdown` is ready.
    pub async fn collect_regularly(&self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        let interval = self.config.gc_interval.as_duration();
        if interval.is_zero() {
            return Ok(());
        }
        let driver = self.default_driver().await?;
        collector::collect_regularly(Arc::clone(&self.core), driver, interval, shutdown).await;
        Ok(())
    }

    /// Starts a collection in the background if this request has drawn it, and none is under way.
    pub fn draw_lottery(&self, driver: &SessionDriver) {
        let core = &self.core;
        if core.settings.lottery.is_some_and(|odds| core.random.is_drawn(odds)) {
            let (core, driver) = (Arc::clone(core), driver.clone());
            tokio::spawn(async move { collector::collect_unless_busy(&core, &driver).await });
        }
    }

    /// Lets go of every driver that was opened.
    ///
    /// # Errors
    /// A driver could not write what it held.
    pub async fn close(&self) -> Result<()> {
        let mut closed = Ok(());
        // The fallback among them: what is made of two lets go of nothing else.
        let drivers: Vec<_> = self.drivers().drain().filter_map(|(_, cell)| cell.get().cloned()).collect();
        for driver in drivers {
            closed = closed.and(driver.store().close().await.map_err(driver.failed("close")));
        }
        closed
    }
}
