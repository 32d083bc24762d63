//! Finds the session that an id leads to.

use std::ops::ControlFlow;

use crate::{
    contract::{Digest, Forward, Found, Id, Record},
    data::Content,
    error::Result,
    events::SessionEvent,
    limits::{MAX_HOPS, MAX_RENEWALS},
    visit::{core::Core, session_driver::SessionDriver},
};

/// A session as it was found: its id (that of the successor, if the requested id was renewed), its record, its content.
pub(crate) struct Loaded {
    pub(crate) id: Id,
    pub(crate) record: Record,
    pub(crate) content: Content,
}

/// On whose behalf an id is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// A browser has presented the id.
    Visitor,
    /// A request that loaded the session before its id was renewed. It may take longer than the grace without losing
    /// anything.
    UnderWay,
}

impl Lookup {
    /// Returns how many forwards in a row are followed.
    pub(crate) const fn hops(self) -> usize {
        match self {
            Self::Visitor => MAX_HOPS,
            Self::UnderWay => MAX_RENEWALS,
        }
    }
}

/// Where an id leads.
#[expect(
    clippy::large_enum_variant,
    reason = "most lead to a session, and a box would cost each of them an allocation"
)]
pub(crate) enum Resolution {
    Found(Loaded),
    /// To no session, because a user logged in a moment ago: the browser is about to get another id.
    Closed,
    /// To no session. It makes no difference whether it is unknown, has expired, has ended, or cannot be read.
    NotFound,
}

/// Finds the live session of an id.
pub(crate) async fn load(driver: &SessionDriver, id: Id, lookup: Lookup) -> Result<Resolution> {
    let mut id = id;
    for _ in 0..lookup.hops() {
        let found = driver.store().load(&id.digest()).await.map_err(driver.failed("load"))?;
        match follow_forward(driver, id, found, lookup) {
            ControlFlow::Break(resolution) => return Ok(resolution),
            ControlFlow::Continue(successor) => id = successor,
        }
    }
    Ok(Resolution::NotFound)
}

/// Decides where an id leads from what was found under it: to another id, or to the result.
pub(crate) fn follow_forward(
    driver: &SessionDriver,
    id: Id,
    found: Option<Found>,
    lookup: Lookup,
) -> ControlFlow<Resolution, Id> {
    let core = driver.core();
    ControlFlow::Break(match found {
        None => Resolution::NotFound,
        Some(Found::Live(record)) => open(driver, id, record).map_or(Resolution::NotFound, Resolution::Found),
        Some(Found::Moved(forward)) => match successor_id(core, &id, &forward, lookup) {
            Some(successor) => return ControlFlow::Continue(successor),
            None if core.clock.now() < forward.until => Resolution::Closed,
            None if lookup == Lookup::UnderWay => Resolution::NotFound,
            None => {
                let successor = forward.successor;
                core.events.emit(&SessionEvent::ObsoleteId { session: id.digest(), successor });
                Resolution::NotFound
            }
        },
        Some(Found::Corrupt(reason)) => {
            core.events.report_corrupt(&id.digest(), &reason);
            Resolution::NotFound
        }
    })
}

/// Returns the successor's id, if the forward may be followed and is still open for this lookup.
pub(crate) fn successor_id(core: &Core, id: &Id, forward: &Forward, lookup: Lookup) -> Option<Id> {
    if lookup == Lookup::Visitor && core.clock.now() >= forward.until {
        return None;
    }
    let successor = Id::from_bytes(id.veil(forward.veiled_id?));
    (successor.digest() == forward.successor).then_some(successor)
}

fn open(driver: &SessionDriver, id: Id, record: Record) -> Option<Loaded> {
    let (core, digest) = (driver.core(), id.digest());
    if core.lifetime(record.user.as_deref()).is_expired(&record, core.clock.now()) {
        core.events.emit(&SessionEvent::Expired { session: digest });
        return None;
    }
    let content = read_content(driver, &digest, &record)?;
    Some(Loaded { id, record, content })
}

/// Returns the content of a record. If it cannot be read, emits an event and returns `None`.
pub(crate) fn read_content(driver: &SessionDriver, digest: &Digest, record: &Record) -> Option<Content> {
    let payload = driver.sealer().open(digest, &record.payload);
    let content = payload.and_then(|payload| Content::open(&payload).ok_or("its payload cannot be parsed"));
    content.map_err(|reason| driver.core().events.report_corrupt(digest, reason)).ok()
}
