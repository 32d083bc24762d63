//! From an id to the session that it leads to.

use std::ops::ControlFlow;

use super::{
    content::Content,
    core::Core,
    error::Result,
    event::SessionEvent,
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

/// How many renewals in a row are followed: more than the parallel requests of a page make, and few enough that nobody makes
/// a request dear by them.
pub(crate) const HOPS: usize = 100;

/// More renewals than a session has during one request, so that a store which leads in a circle stops nobody.
pub(crate) const MOST_RENEWALS: usize = 1_000;

/// Who asks where an id leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// A browser has presented the id.
    Visitor,
    /// A request that had the session before its id was renewed: it takes longer than the grace, and loses nothing by it.
    UnderWay,
}

impl Asking {
    /// How many renewals in a row are followed.
    pub(crate) const fn hops(self) -> usize {
        match self {
            Self::Visitor => HOPS,
            Self::UnderWay => MOST_RENEWALS,
        }
    }
}

/// Where an id leads.
#[expect(
    clippy::large_enum_variant,
    reason = "most lead to a session, and a box would cost each of them an allocation"
)]
pub(crate) enum Way {
    To(Loaded),
    /// To no session, since a login a moment ago: the browser is about to have another id.
    Closed,
    /// To no session. What is unknown, over, gone or unreadable is all the same.
    Nowhere,
}

/// Finds the live session of an id.
pub(crate) async fn load(core: &Core, driver: &SessionDriver, id: Id, asking: Asking) -> Result<Way> {
    let mut id = id;
    for _ in 0..asking.hops() {
        let found = driver.store().load(&id.digest()).await.map_err(driver.failed("load"))?;
        match lead(core, driver, id, found, asking) {
            ControlFlow::Break(way) => return Ok(way),
            ControlFlow::Continue(successor) => id = successor,
        }
    }
    Ok(Way::Nowhere)
}

/// Where an id leads, by what was found under it: on to another id, or to the end.
pub(crate) fn lead(
    core: &Core,
    driver: &SessionDriver,
    id: Id,
    found: Option<Found>,
    asking: Asking,
) -> ControlFlow<Way, Id> {
    ControlFlow::Break(match found {
        None => Way::Nowhere,
        Some(Found::Live(record)) => open(core, driver, id, record).map_or(Way::Nowhere, Way::To),
        Some(Found::Moved(forward)) => match follow(core, &id, &forward, asking) {
            Some(successor) => return ControlFlow::Continue(successor),
            None if core.clock.now() < forward.until => Way::Closed,
            None if asking == Asking::UnderWay => Way::Nowhere,
            None => {
                let successor = forward.successor;
                core.events.tell(&SessionEvent::ObsoleteId { session: id.digest(), successor });
                Way::Nowhere
            }
        },
        Some(Found::Corrupt(reason)) => {
            core.events.tell_corrupt(&id.digest(), &reason);
            Way::Nowhere
        }
    })
}

/// The successor's id, if there is a way to it, and it is still open for who asks.
pub(crate) fn follow(core: &Core, id: &Id, forward: &Forward, asking: Asking) -> Option<Id> {
    if asking == Asking::Visitor && core.clock.now() >= forward.until {
        return None;
    }
    let successor = Id::from_bytes(id.veil(forward.veiled_id?));
    (successor.digest() == forward.successor).then_some(successor)
}

fn open(core: &Core, driver: &SessionDriver, id: Id, record: Record) -> Option<Loaded> {
    let digest = id.digest();
    if core.lifetime().is_over(&record, core.clock.now()) {
        core.events.tell(&SessionEvent::Expired { session: digest });
        return None;
    }
    let content = content(core, driver, &digest, &record)?;
    Some(Loaded { id, record, content })
}

/// What a record holds; `None`, and an event, if it cannot be read.
pub(crate) fn content(core: &Core, driver: &SessionDriver, digest: &Digest, record: &Record) -> Option<Content> {
    let payload = match driver.cookies() {
        // Opened as a whole already.
        Some(_) => Ok(record.payload.clone()),
        None => core.sealer.open(digest, &record.payload),
    };
    let content = payload.and_then(|payload| Content::open(&payload).ok_or("its payload does not parse"));
    content.map_err(|reason| core.events.tell_corrupt(digest, reason)).ok()
}
