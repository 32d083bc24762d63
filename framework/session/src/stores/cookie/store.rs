//! The store of one request. It holds the session that came with the request's cookie, and no other.

use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use salon_core::support::{Clock, Timestamp};

use crate::{
    config::Lifetimes,
    contract::{
        Collected, Creation, Digest, Forward, Found, Id, Listing, Lock, Locking, Page, Record, Store, StoreError,
        StoreResult, Update,
    },
    stores::cookie::{
        envelope::Envelope,
        revocations::Revocations,
        session::{Claim, CookieSession, Standing},
    },
};

/// What the stores of all requests share.
pub(super) struct Shared {
    pub(super) envelope: Envelope,
    pub(super) revocations: Option<Revocations>,
    pub(super) clock: Clock,
    pub(super) lifetimes: Lifetimes,
}

/// Holds the session of one request. The driver itself is a store without one.
pub(crate) struct CookieStore {
    shared: Arc<Shared>,
    sessions: Mutex<BTreeMap<Digest, CookieSession>>,
}

impl CookieStore {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), sessions: Mutex::default() }
    }

    /// Returns a store that holds no session yet.
    pub(super) fn empty(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), sessions: Mutex::default() }
    }

    /// Returns the envelope that seals the sessions of this app.
    pub(super) fn envelope(&self) -> &Envelope {
        &self.shared.envelope
    }

    /// Puts a session into the store that came with the request.
    pub(super) fn put(&self, id: &Id, session: CookieSession) {
        self.sessions().insert(id.digest(), session);
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<Digest, CookieSession>> {
        // Nothing can panic in the middle of a change.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<CookieSession> {
        self.sessions().get(digest).cloned()
    }

    async fn standing(&self, claim: Claim<'_>) -> StoreResult<Standing> {
        match &self.shared.revocations {
            Some(list) => list.standing(claim).await,
            None => Ok(Standing::Valid { epoch: 0 }),
        }
    }

    /// True if a session has expired by the lifetime that was configured when its cookie was sealed, but not by the current one.
    /// The list may have forgotten its revocation already, so it is not valid.
    fn has_outlived_its_seal(&self, record: &Record) -> bool {
        let now = self.shared.clock.now();
        now >= record.expires_at && !self.shared.lifetimes.of(record.user.as_deref()).is_expired(record, now)
    }

    /// Replaces the session under the old digest with a record, if that session is still valid. If another request has renewed it
    /// and the old id still leads on, the browser has the successor's cookie, which this request could only overwrite.
    fn replace(&self, old: &Digest, new: &Digest, record: Record, standing: Standing) -> Update {
        let mut sessions = self.sessions();
        match standing {
            Standing::Valid { epoch } => {
                sessions.remove(old);
                sessions.insert(*new, CookieSession::new(record, epoch));
                Update::Saved
            }
            Standing::Renewed(forward) => {
                if let Some(session) = sessions.get_mut(old) {
                    session.is_superseded |= forward.veiled_id.is_some();
                }
                Update::Moved(forward)
            }
            Standing::Ended => Update::Gone,
        }
    }
}

impl Store for CookieStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let held = self.find(digest).filter(|held| !self.has_outlived_its_seal(&held.record));
        let Some(mut held) = held else {
            let claim = Claim { digest, successor: None, user: None, epoch: None };
            return Ok(match self.standing(claim).await? {
                Standing::Renewed(forward) => Some(Found::Moved(forward)),
                Standing::Valid { .. } | Standing::Ended => None,
            });
        };
        match self.standing(held.claim(digest)).await? {
            Standing::Valid { epoch } => {
                held.is_stale |= epoch > held.epoch;
                held.epoch = held.epoch.max(epoch);
            }
            Standing::Renewed(forward) if forward.veiled_id.is_some() && self.shared.clock.now() < forward.until => {
                held.is_superseded = true;
            }
            Standing::Renewed(forward) => return Ok(Some(Found::Moved(forward))),
            Standing::Ended => return Ok(None),
        }
        self.sessions().insert(*digest, held.clone());
        Ok(Some(Found::Live(held.record)))
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        if self.sessions().contains_key(digest) {
            return Ok(Creation::Taken);
        }
        let user = record.user.as_deref();
        let claim = Claim { digest, successor: None, user, epoch: None };
        // A session that is being created cannot have ended, but the epoch of its user must be known.
        let standing = if user.is_some() { self.standing(claim).await? } else { Standing::Valid { epoch: 0 } };
        let Standing::Valid { epoch } = standing else { return Ok(Creation::Taken) };
        self.sessions().insert(*digest, CookieSession::new(record, epoch));
        Ok(Creation::Created)
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let held = self.find(digest);
        let found = held.as_ref().map(|held| Found::Live(held.record.clone()));
        let (Some(held), None) = (held, Update::refusal(found.as_ref(), expected)) else {
            return Ok(Update::refusal(found.as_ref(), expected).unwrap_or(Update::Gone));
        };
        let standing = self.standing(held.claim(digest).becoming(&record)).await?;
        Ok(self.replace(digest, digest, record, standing))
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let Some(mut held) = self.find(digest) else { return Ok(false) };
        match self.standing(held.claim(digest)).await? {
            Standing::Valid { epoch } => {
                held.epoch = epoch;
                let _ = held.record.touch(active_at, expires_at);
            }
            // The request that renewed it is noted as activity, and the browser has the cookie of that one.
            Standing::Renewed(_) => held.is_superseded = true,
            Standing::Ended => return Ok(false),
        }
        self.sessions().insert(*digest, held);
        Ok(true)
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let held = self.find(old);
        let found = held.as_ref().map(|held| Found::Live(held.record.clone()));
        let (Some(held), None) = (held, Update::refusal(found.as_ref(), expected)) else {
            return Ok(Update::refusal(found.as_ref(), expected).unwrap_or(Update::Gone));
        };
        let claim = Claim { successor: Some(new), ..held.claim(old).becoming(&record) };
        let mut standing = self.standing(claim).await?;
        match (&standing, &self.shared.revocations) {
            // An earlier attempt of this request has renewed it, and its response was lost.
            (Standing::Renewed(noted), _) if noted.successor == *new => {
                standing = self.standing(Claim { digest: new, successor: Some(old), ..claim }).await?;
            }
            (Standing::Valid { .. }, Some(list)) => {
                standing = list.renew(old, &forward).await?.unwrap_or(standing);
            }
            _ => {}
        }
        Ok(self.replace(old, new, record, standing))
    }

    async fn lock(&self, _digest: &Digest, _lock: Lock, _now: Timestamp) -> StoreResult<Locking> {
        Err(StoreError::unsupported("a session in a cookie cannot be given to one request alone"))
    }

    async fn unlock(&self, _digest: &Digest, _owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        Ok(None)
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let Some(list) = &self.shared.revocations else {
            let unlisted = format!("a session in a cookie can be ended from outside {UNLISTED}");
            let held = self.sessions().remove(digest).ok_or_else(|| StoreError::unsupported(unlisted))?;
            return Ok(Some(Found::Live(held.record)));
        };
        let before = list.end(digest).await?;
        let held = self.sessions().remove(digest);
        Ok(match before {
            // The content of a session in another cookie is unknown, only that it cannot be used any more.
            Standing::Valid { .. } => Some(Found::Live(held.map_or_else(Record::default, |held| held.record))),
            Standing::Renewed(forward) => Some(Found::Moved(forward)),
            Standing::Ended => None,
        })
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        match &self.shared.revocations {
            Some(list) => list.collect(now, batch).await,
            None => Ok(Collected::default()),
        }
    }

    async fn count(&self, _now: Timestamp) -> StoreResult<u64> {
        Err(StoreError::unsupported(
            "the sessions are in the visitors' cookies, where nobody can count them: choose a driver that keeps them on the server",
        ))
    }

    async fn user_sessions(&self, _user: &str) -> StoreResult<Vec<Listing>> {
        Err(StoreError::unsupported(
            "the sessions are in the visitors' cookies, where nobody can list them: choose a driver that keeps them on the server",
        ))
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        match &self.shared.revocations {
            // How many there were is unknown.
            Some(list) => list.raise(user, except).await.map(|_| 0),
            None => Err(StoreError::unsupported(format!("a user's sessions in cookies can be ended {UNLISTED}"))),
        }
    }

    async fn scan(&self, _from: Option<&str>, _batch: usize) -> StoreResult<Page> {
        Err(StoreError::unsupported(
            "the sessions are in the visitors' cookies, where nobody can list them: choose a driver that keeps them on the server",
        ))
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}

const UNLISTED: &str =
    "only if a list of them is kept: set `revocations` in config/session.toml to a driver such as \"file\"";
