//! From a digest to the end of the session that it leads to.

use std::sync::Arc;

use salon_core::support::finish;

use crate::{
    contract::{id::Digest, record::Found},
    error::Result,
    events::event::SessionEvent,
    limits::MAX_RENEWALS,
    visit::{core::Core, session_driver::SessionDriver},
};

/// As [`destroy`], and to its end even if the caller leaves half way.
pub(crate) async fn destroy_wholly(core: Arc<Core>, driver: SessionDriver, digest: Digest) -> Result<bool> {
    finish(Box::pin(async move { destroy(&core, &driver, &digest).await })).await
}

/// Ends the session of a digest, under whatever id it goes by now; whether there was one.
pub(crate) async fn destroy(core: &Core, driver: &SessionDriver, digest: &Digest) -> Result<bool> {
    let mut digest = *digest;
    for _ in 0..MAX_RENEWALS {
        let found = driver.store().destroy(&digest).await.map_err(driver.failed("end a session"))?;
        match found {
            // Renewed by a request that came first, or logged in: leaving beats both, be the grace over or not.
            Some(Found::Moved(forward)) => digest = forward.successor,
            Some(Found::Live(_)) => {
                core.events.emit(&SessionEvent::Destroyed { session: digest });
                return Ok(true);
            }
            Some(Found::Corrupt(_)) | None => return Ok(false),
        }
    }
    // Not "there was none": it may be alive still.
    Err(driver.failed("end a session")("it was renewed too often to be followed".into()))
}
