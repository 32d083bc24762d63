//! From a digest to the end of the session that it leads to.

use super::{core::Core, error::Result, event::SessionEvent, id::Digest, record::Found, session_driver::SessionDriver};

/// Ends the session of a digest, under whatever id it goes by now; whether there was one.
pub(crate) async fn destroy(core: &Core, driver: &SessionDriver, digest: &Digest) -> Result<bool> {
    // The session first, and the way to it last: who could not end it can try again.
    let (mut way, mut digest) = (Vec::new(), *digest);
    let was_there = loop {
        // Renewed by a request that came first, or logged in: leaving beats both, be the grace over or not.
        let found = driver.store().load(&digest).await.map_err(core.failed(driver, "load"))?;
        if let Some(Found::Moved(forward)) = found
            && !way.contains(&forward.successor)
        {
            way.push(digest);
            digest = forward.successor;
            continue;
        }
        let found = driver.store().destroy(&digest).await.map_err(core.failed(driver, "end a session"))?;
        match found {
            // Just now.
            Some(Found::Moved(forward)) => digest = forward.successor,
            Some(Found::Live(_)) => break true,
            Some(Found::Corrupt(_)) | None => break false,
        }
    };
    if was_there {
        core.events.tell(&SessionEvent::Destroyed { session: digest });
    }
    for passed in way {
        // What stays leads nowhere.
        let _ = driver.store().destroy(&passed).await;
    }
    Ok(was_there)
}
