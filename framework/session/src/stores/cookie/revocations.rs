//! The list of revocations, kept by another driver: which sessions have ended before their cookies expire.

use std::time::Duration;

use bytes::Bytes;
use salon_core::support::{Clock, Timestamp};

use crate::{
    codec,
    contract::{Collected, Creation, Digest, Forward, Found, Record, StoreError, StoreResult, Update},
    limits::{LONGER_THAN_A_REQUEST, MAX_HOPS},
    stores::cookie::{
        epoch::Epoch,
        session::{Claim, Standing},
    },
    visit::SessionDriver,
};

/// The maximum number of attempts at a change, if other requests come first each time.
const ATTEMPTS: usize = 50;

/// The list of revocations. A session without an entry is valid. A failed lookup is an error, not "valid".
pub(super) struct Revocations {
    driver: SessionDriver,
    clock: Clock,
    /// How long a cookie that is sent now can be used.
    max_lifetime: Duration,
    /// Distinguishes this app from others whose lists are in the same place.
    app: String,
}

impl Revocations {
    pub(super) const fn new(driver: SessionDriver, clock: Clock, max_lifetime: Duration, app: String) -> Self {
        Self { driver, clock, max_lifetime, app }
    }

    /// Looks a session and its user up, at the same time.
    ///
    /// # Errors
    /// Returns an error if the list does not respond.
    pub(super) async fn standing(&self, claim: Claim<'_>) -> StoreResult<Standing> {
        let epoch = async {
            match claim.user {
                Some(user) => self.epoch(user).await.map(Some),
                None => Ok(None),
            }
        };
        let (ending, epoch) = tokio::join!(self.ending(claim.digest), epoch);
        let renewed = match ending? {
            Some(Standing::Renewed(forward)) if forward.veiled_id.is_some() => Some(forward),
            Some(closed) => return Ok(closed),
            None => None,
        };
        let latest = match &renewed {
            Some(forward) => match self.latest(forward).await? {
                Some(latest) => Some(latest),
                None => return Ok(Standing::Ended),
            },
            None => None,
        };
        let claim = Claim { successor: latest.as_ref().or(claim.successor), ..claim };
        let epoch = match (claim.user.zip(epoch?), claim.epoch) {
            (None, _) => 0,
            // The user is logging in now, so in the current epoch, whichever that is.
            (Some((_, Some(epoch))), None) => epoch.number,
            (Some((user, None)), None) => self.raise(user, None).await?,
            (Some((_, Some(epoch))), Some(sealed_in)) if epoch.is_valid(sealed_in, &claim) => epoch.number,
            (Some(_), Some(_)) => return Ok(Standing::Ended),
        };
        Ok(renewed.map_or(Standing::Valid { epoch }, Standing::Renewed))
    }

    /// Returns the digest that a renewed session has now, or `None` if it has ended since, or was renewed by a login, after
    /// which the old cookies are worthless.
    async fn latest(&self, forward: &Forward) -> StoreResult<Option<Digest>> {
        let mut latest = forward.successor;
        for _ in 0..MAX_HOPS {
            match self.ending(&latest).await? {
                None => return Ok(Some(latest)),
                Some(Standing::Renewed(forward)) if forward.veiled_id.is_some() => latest = forward.successor,
                Some(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Returns how a session was ended or renewed before its cookie expired.
    async fn ending(&self, digest: &Digest) -> StoreResult<Option<Standing>> {
        let key = self.key_of_session(digest);
        let found = self.driver.store().load(&key).await.map_err(self.failed())?;
        Ok(found.as_ref().map(|found| ending(&key, found)))
    }

    /// Notes that a session has another id. If another request has ended or renewed it already, returns that.
    ///
    /// # Errors
    /// Returns an error if the list does not respond.
    pub(super) async fn renew(&self, digest: &Digest, forward: &Forward) -> StoreResult<Option<Standing>> {
        let key = self.key_of_session(digest);
        for _ in 0..ATTEMPTS {
            if self.create(&key, codec::encode_forward(&key, forward).into()).await? {
                return Ok(None);
            }
            match self.ending(digest).await? {
                // An earlier attempt of this call has noted it, and its response was lost.
                Some(Standing::Renewed(noted)) if noted == *forward => return Ok(None),
                Some(standing) => return Ok(Some(standing)),
                None => {}
            }
        }
        Err(self.failed()("an entry appears and disappears".into()))
    }

    /// Ends a session and returns what it was before. The forward of a renewed session is closed, and returned.
    ///
    /// # Errors
    /// Returns an error if the list does not respond.
    pub(super) async fn end(&self, digest: &Digest) -> StoreResult<Standing> {
        let key = self.key_of_session(digest);
        for _ in 0..ATTEMPTS {
            if self.create(&key, Bytes::new()).await? {
                return Ok(Standing::Valid { epoch: 0 });
            }
            let Some(found) = self.driver.store().load(&key).await.map_err(self.failed())? else { continue };
            match (ending(&key, &found), found) {
                (Standing::Renewed(forward), Found::Live(record)) if forward.veiled_id.is_some() => {
                    let closed = codec::encode_forward(&key, &Forward { veiled_id: None, ..forward.clone() });
                    if self.update(&key, record.version, closed.into()).await? {
                        return Ok(Standing::Renewed(forward));
                    }
                }
                (standing, _) => return Ok(standing),
            }
        }
        Err(self.failed()("an entry appears and disappears".into()))
    }

    /// Begins another epoch of a user, in which earlier sessions are not valid, except one perhaps. Returns its number.
    ///
    /// # Errors
    /// Returns an error if the list does not respond.
    pub(super) async fn raise(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let key = self.key_of_user(user);
        let least = self.clock.now().as_milliseconds();
        for _ in 0..ATTEMPTS {
            let found = self.driver.store().load(&key).await.map_err(self.failed())?;
            // A time and not a count from 0, because entries expire, and the next epoch must have a greater number anyway.
            let next = match found.as_ref().map(epoch) {
                None => Epoch::default().next(least, except),
                Some(Some(before)) => before.next(least, except),
                // An entry that cannot be read ends all sessions.
                Some(None) => Epoch::default().next(least, None),
            };
            let (number, payload) = (next.number, next.encode());
            let is_raised = match found {
                None => self.create(&key, payload).await?,
                Some(Found::Live(record)) => self.update(&key, record.version, payload).await?,
                Some(_) => {
                    self.driver.store().destroy(&key).await.map_err(self.failed())?;
                    false
                }
            };
            if is_raised {
                return Ok(number);
            }
        }
        Err(self.failed()("other requests came first each time".into()))
    }

    /// Returns a user's epoch, or `None` if it cannot be read.
    async fn epoch(&self, user: &str) -> StoreResult<Option<Epoch>> {
        let found = self.driver.store().load(&self.key_of_user(user)).await.map_err(self.failed())?;
        Ok(found.as_ref().map_or(Some(Epoch::default()), epoch))
    }

    /// Removes entries whose cookies have expired.
    ///
    /// # Errors
    /// Returns an error if the list does not respond.
    pub(super) async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        self.driver.store().collect(now, batch).await.map_err(self.failed())
    }

    async fn create(&self, key: &Digest, payload: Bytes) -> StoreResult<bool> {
        let created = self
            .driver
            .store()
            .create(key, self.entry(self.driver.core().next_version(0), payload))
            .await
            .map_err(self.failed())?;
        match created {
            Creation::Created => Ok(true),
            Creation::Taken => Ok(false),
            Creation::Discarded => Err(self.failed()("it stores nothing".into())),
        }
    }

    async fn update(&self, key: &Digest, expected: u64, payload: Bytes) -> StoreResult<bool> {
        let entry = self.entry(self.driver.core().next_version(expected), payload);
        Ok(self.driver.store().update(key, expected, entry).await.map_err(self.failed())? == Update::Saved)
    }

    fn entry(&self, version: u64, payload: Bytes) -> Record {
        let now = self.clock.now();
        Record {
            version,
            created_at: now,
            active_at: now,
            expires_at: now + self.max_lifetime + LONGER_THAN_A_REQUEST,
            renewed_at: now,
            payload,
            ..Record::default()
        }
    }

    fn key_of_session(&self, digest: &Digest) -> Digest {
        self.key(b"session", digest.as_bytes())
    }

    fn key_of_user(&self, user: &str) -> Digest {
        self.key(b"user", user.as_bytes())
    }

    /// The digest of an entry. No id of a session has this digest.
    fn key(&self, kind: &[u8], name: &[u8]) -> Digest {
        Digest::of(&[b"salon revocation", kind, self.app.as_bytes(), name].join(&0))
    }

    fn failed(&self) -> impl Fn(StoreError) -> StoreError + use<'_> {
        |error| format!("the driver `{}`, which stores the revocations, failed: {error}", self.driver.name()).into()
    }
}

/// What an entry says about a session. An entry that cannot be read counts as an end, because every entry was written for a
/// reason. So does an empty one, which a logout writes.
fn ending(key: &Digest, found: &Found) -> Standing {
    let Found::Live(record) = found else { return Standing::Ended };
    match codec::decode(key, &record.payload) {
        Found::Moved(forward) => Standing::Renewed(forward),
        Found::Live(_) | Found::Corrupt(_) => Standing::Ended,
    }
}

/// What an entry says about a user, if it can be read.
fn epoch(found: &Found) -> Option<Epoch> {
    let Found::Live(record) = found else { return None };
    Epoch::decode(&record.payload)
}
