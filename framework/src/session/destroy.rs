//! From an id to the end of the session that it leads to.

use super::{core::Core, error::Result, id::Id, load::follow, record::Found, session_driver::SessionDriver};

/// Ends the session of an id, under whatever id it goes by now; whether there was one.
pub(crate) async fn destroy(core: &Core, driver: &SessionDriver, id: Id) -> Result<bool> {
    let mut next = Some(id);
    let mut had_session = false;
    while let Some(id) = next.take() {
        let found = driver.store().destroy(&id.digest()).await.map_err(driver.failed("end a session"))?;
        match found {
            // Renewed by a request that came first: leaving beats renewing.
            Some(Found::Moved(forward)) => next = follow(core, &id, &forward),
            Some(Found::Live(_)) => had_session = true,
            Some(Found::Corrupt(_)) | None => {}
        }
    }
    Ok(had_session)
}
