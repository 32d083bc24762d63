//! From a digest to the end of the session that it leads to.

use std::sync::Arc;

use super::{core::Core, error::Result, event::SessionEvent, id::Digest, record::Found, session_driver::SessionDriver};
use crate::support::finish;

/// As [`destroy`], and to its end even if the caller leaves half way.
pub(crate) async fn destroy_wholly(core: Arc<Core>, driver: SessionDriver, digest: Digest) -> Result<bool> {
    finish(Box::pin(async move { destroy(&core, &driver, &digest).await })).await
}

/// Ends the session of a digest, under whatever id it goes by now; whether there was one.
///
/// The ways that led to it go last: if the store fails before, the same call finds the session again.
pub(crate) async fn destroy(core: &Core, driver: &SessionDriver, digest: &Digest) -> Result<bool> {
    let (store, failed) = (driver.store(), || core.failed(driver, "end a session"));
    let mut ways = Vec::new();
    let mut digest = *digest;
    // Renewed by a request that came first, or logged in: leaving beats both, be the grace over or not.
    while let Some(Found::Moved(forward)) = store.load(&digest).await.map_err(failed())? {
        ways.push(digest);
        digest = forward.successor;
    }
    let was_there = loop {
        match store.destroy(&digest).await.map_err(failed())? {
            // Renewed between the two calls.
            Some(Found::Moved(forward)) => digest = forward.successor,
            Some(Found::Live(_)) => {
                core.events.tell(&SessionEvent::Destroyed { session: digest });
                break true;
            }
            Some(Found::Corrupt(_)) | None => break false,
        }
    };
    for way in ways {
        // It leads nowhere now: a failure is told to the operator, and the visitor has left all the same.
        let _ = store.destroy(&way).await.map_err(failed());
    }
    Ok(was_there)
}
