//! Ends the session that a digest leads to.

use salon_core::support::finish;

use crate::{
    contract::{Digest, Found},
    error::Result,
    events::SessionEvent,
    limits::MAX_RENEWALS,
    visit::session_driver::SessionDriver,
};

/// As [`destroy`], but completes even if the caller leaves halfway.
pub(crate) async fn destroy_to_completion(driver: SessionDriver, digest: Digest) -> Result<bool> {
    finish(Box::pin(async move { destroy(&driver, &digest).await })).await
}

/// Ends the session of a digest, under whatever id it has now. Returns true if there was one.
pub(crate) async fn destroy(driver: &SessionDriver, digest: &Digest) -> Result<bool> {
    let mut digest = *digest;
    for _ in 0..MAX_RENEWALS {
        let found = driver.store().destroy(&digest).await.map_err(driver.failed("end a session"))?;
        match found {
            // A faster request renewed the session, or logged a user in. Ending it beats both, also after the grace.
            Some(Found::Moved(forward)) => digest = forward.successor,
            Some(Found::Live(_)) => {
                driver.core().events.emit(&SessionEvent::Destroyed { session: digest });
                return Ok(true);
            }
            Some(Found::Corrupt(_)) | None => return Ok(false),
        }
    }
    // An error, and not `false`: the session may still be alive.
    Err(driver.failed("end a session")("it was renewed too often to be followed".into()))
}
