//! From an id to the session that it leads to.

use super::{
    content::Content,
    core::Core,
    error::Result,
    events,
    id::{Digest, Id},
    record::{Forward, Found, Record},
    session_driver::SessionDriver,
};

/// A session as it was found: its id (a successor's, if the one asked for was renewed), its record, its content.
pub(crate) struct Loaded {
    pub(crate) id: Id,
    pub(crate) record: Record,
    pub(crate) content: Content,
}

/// How many renewals in a row are followed: within one grace period there are few.
const HOPS: usize = 16;

/// Finds the live session of an id. What is unknown, over, gone or unreadable is all the same to the caller: `None`.
pub(crate) async fn load(core: &Core, driver: &SessionDriver, id: Id) -> Result<Option<Loaded>> {
    let mut id = id;
    for _ in 0..HOPS {
        let digest = id.digest();
        let found = driver.store().load(&digest).await.map_err(driver.failed("load"))?;
        match found {
            None => return Ok(None),
            Some(Found::Live(record)) => return Ok(open(core, id, record)),
            Some(Found::Moved(forward)) => match follow(core, &id, &forward) {
                Some(successor) => id = successor,
                None => {
                    events::obsolete_id(&digest);
                    return Ok(None);
                }
            },
            Some(Found::Corrupt(reason)) => {
                events::corrupt(&digest, &reason);
                return Ok(None);
            }
        }
    }
    Ok(None)
}

/// The successor's id, if the way to it is still open.
pub(crate) fn follow(core: &Core, id: &Id, forward: &Forward) -> Option<Id> {
    if core.clock.now() >= forward.until {
        return None;
    }
    let successor = Id::from_bytes(id.veil(forward.veiled_id));
    (successor.digest() == forward.successor).then_some(successor)
}

fn open(core: &Core, id: Id, record: Record) -> Option<Loaded> {
    let digest = id.digest();
    if core.lifetime().is_over(&record, core.clock.now()) {
        events::expired(&digest);
        return None;
    }
    let content = content(core, &digest, &record)?;
    Some(Loaded { id, record, content })
}

/// What a record holds; `None`, and an event, if it cannot be read.
pub(crate) fn content(core: &Core, digest: &Digest, record: &Record) -> Option<Content> {
    let content = core
        .sealer
        .open(digest, &record.payload)
        .and_then(|payload| Content::open(&payload).ok_or("its payload does not parse"));
    content.map_err(|reason| events::corrupt(digest, reason)).ok()
}
