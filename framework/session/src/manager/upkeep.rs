//! What is done for all drivers: collecting, health checks, migration, closing.

use std::{future::Future, sync::Arc};

use crate::{
    error::Result,
    manager::{
        health::FailingDriver,
        manager::SessionManager,
        migration::{self, Migrated, MigrationError},
    },
    visit::SessionDriver,
};

impl SessionManager {
    /// Copies the live sessions of one driver to another. Reports the progress, and the total if the source can count.
    ///
    /// # Errors
    /// Returns an error if there is no driver of one of these names, if both are the same, if one of them keeps nothing
    /// that can be copied, or if its store is unavailable.
    pub async fn migrate(
        &self,
        from: &str,
        to: &str,
        mut report: impl FnMut(&Migrated, Option<u64>),
    ) -> std::result::Result<Migrated, MigrationError> {
        migration::check(from, to, &self.driver_names())?;
        let (source, target) = (self.open(from).await?, self.open(to).await?);
        let total = source.store().count(self.core.clock.now()).await.ok();
        Ok(migration::migrate(&self.core, &source, &target, |migrated| report(migrated, total)).await?)
    }

    /// Checks every open driver, including the configured one, and returns those that do not respond. It takes at most
    /// three seconds, and never asks a driver again that has not responded yet.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let manager = salon_session::doc_support::manager();
    /// for failing in manager.check().await {
    ///     println!("the session driver {} does not respond: {}", failing.driver, failing.reason);
    /// }
    /// # });
    /// ```
    pub async fn check(&self) -> Vec<FailingDriver> {
        let opened = self.drivers().values().filter_map(|cell| cell.get().cloned()).collect();
        let failing = self.probes.check(&self.core, opened).await.into_iter();
        let failing =
            failing.map(|(driver, reason)| FailingDriver { connection: self.connection_of(&driver), driver, reason });
        failing.collect()
    }

    /// Removes expired sessions every `gc_interval` until `shutdown` is ready. Run it in a task of its own.
    ///
    /// # Errors
    /// Returns an error if the driver cannot be opened.
    pub async fn collect_regularly(&self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        let interval = self.config.gc_interval.as_duration();
        if interval.is_zero() {
            return Ok(());
        }
        let driver = self.default_driver().await?;
        self.collector.run(driver, interval, shutdown).await;
        Ok(())
    }

    /// Starts a collection in the background if this request wins the lottery and none is under way.
    pub(super) fn draw_lottery(&self, driver: &SessionDriver) {
        let core = &self.core;
        if core.settings.lottery.is_some_and(|odds| core.random.is_drawn(odds)) {
            let (collector, driver) = (Arc::clone(&self.collector), driver.clone());
            tokio::spawn(async move { collector.collect_unless_busy(&driver).await });
        }
    }

    /// Closes every driver that was opened, when the application ends.
    ///
    /// # Errors
    /// Returns the first error, after all drivers were asked to close.
    pub async fn close(&self) -> Result<()> {
        let mut closed = Ok(());
        // The fallback is among them, and the store that combines two drivers holds nothing of its own.
        let drivers: Vec<_> = self.drivers().drain().filter_map(|(_, cell)| cell.get().cloned()).collect();
        for driver in drivers {
            closed = closed.and(driver.store().close().await.map_err(driver.failed("close")));
        }
        closed
    }
}
