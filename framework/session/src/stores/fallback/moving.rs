//! The two operations that need both stores: moving a session, and ending one.

use std::sync::Arc;

use salon_core::support::{Clock, Random};

use crate::{
    contract::{Creation, Digest, Found, Id, Record, StoreResult, Update, next_version},
    limits::LONGER_THAN_A_REQUEST,
    stores::{
        fallback::visible::stub,
        tombstone::{tombstone, without_tombstone},
    },
    visit::DynStore,
};

/// More than the changes that other requests make to a session between two calls of one request.
const ATTEMPTS: usize = 100;

/// Which sessions are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moving {
    /// Only those that have not expired, for a caller that only reads.
    OnlyUnexpired,
    Everything,
}

/// The two stores, and what moving a session takes.
pub(super) struct Layers {
    pub(super) primary: Arc<dyn DynStore>,
    pub(super) fallback: Arc<dyn DynStore>,
    pub(super) clock: Clock,
    pub(super) random: Random,
}

impl Layers {
    /// Loads what is under a digest that the primary did not know a moment ago. A live record in the fallback is moved.
    pub(super) async fn import(&self, digest: &Digest, moving: Moving) -> StoreResult<Option<Found>> {
        for _ in 0..ATTEMPTS {
            let asked_at = self.clock.now();
            let record = match self.fallback.load(digest).await? {
                Some(Found::Live(record)) if moving == Moving::Everything || asked_at < record.expires_at => record,
                // Perhaps the tombstone of an earlier switch, in which this store was the primary.
                Some(found) => return Ok(without_tombstone(found)),
                // The session may have been moved in between.
                None => return Ok(self.primary.load(digest).await?.and_then(without_tombstone)),
            };
            // The session may have ended since, and its tombstone may have expired.
            if self.clock.now().since(asked_at) >= LONGER_THAN_A_REQUEST / 2 {
                continue;
            }
            match self.primary.create(digest, record.clone()).await? {
                Creation::Created => {
                    self.fallback.destroy(digest).await?;
                    return Ok(Some(Found::Live(record)));
                }
                Creation::Discarded => return Ok(None),
                Creation::Taken => {
                    if let Some(found) = self.primary.load(digest).await? {
                        return Ok(without_tombstone(found));
                    }
                }
            }
        }
        Err("other requests changed a session before every attempt to move it from the fallback: try again".into())
    }

    /// Ends what is under a digest in both stores, and returns what it was.
    pub(super) async fn end(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        for _ in 0..ATTEMPTS {
            let found = match self.primary.load(digest).await? {
                Some(found) => without_tombstone(found),
                None => self.import(digest, Moving::Everything).await?,
            };
            match found {
                Some(Found::Live(record)) => {
                    // First, so that a failure halfway leaves a session that is alive, and not one that comes back.
                    self.fallback.destroy(digest).await?;
                    if self.bury(digest, &record).await? {
                        return Ok(Some(Found::Live(record)));
                    }
                }
                Some(Found::Corrupt(reason)) => {
                    self.fallback.destroy(digest).await?;
                    self.primary.destroy(digest).await?;
                    return Ok(Some(Found::Corrupt(reason)));
                }
                found => return Ok(found),
            }
        }
        Err("other requests changed a session before every attempt to end it: try again".into())
    }

    /// Replaces a live record with the tombstone. Returns `false` if the record has changed.
    async fn bury(&self, digest: &Digest, record: &Record) -> StoreResult<bool> {
        let (now, successor) = (self.clock.now(), Id::generate(&self.random)?.digest());
        let (stub, tombstone) = (stub(now, next_version(record.version, 0)), tombstone(now, successor));
        let update = self.primary.rotate(digest, record.version, &successor, stub, tombstone).await?;
        if update == Update::Saved {
            self.primary.destroy(&successor).await?;
        }
        Ok(update == Update::Saved)
    }
}
