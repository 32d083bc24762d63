//! What the cookie driver must not forget: which sessions have ended before their time, and whose. Kept by another driver.

use std::time::Duration;

use bytes::Bytes;
use salon_core::support::{Clock, Timestamp};

use crate::{
    codec,
    contract::error::{StoreError, StoreResult},
    contract::{
        id::Digest,
        record::{Forward, Found, Record},
        store::{Collected, Creation, Update},
    },
    stores::cookie::{
        epoch::Epoch,
        session::{Claim, Standing},
    },
    visit::session_driver::SessionDriver,
};

/// How much longer than a cookie an entry is kept: the clocks of several machines differ, and an answer may be on its way.
const MARGIN: Duration = Duration::from_secs(300);
/// How often a change is tried when others keep being first.
const ATTEMPTS: usize = 50;

/// The list of revocations. What it has no entry of is valid; who cannot be asked is no entry.
pub(super) struct Revocations {
    driver: SessionDriver,
    clock: Clock,
    /// How long a cookie that is answered now can be used.
    longest_life: Duration,
    /// What tells this app from others that keep their lists in the same place.
    app: String,
}

impl Revocations {
    pub(super) const fn new(driver: SessionDriver, clock: Clock, longest_life: Duration, app: String) -> Self {
        Self { driver, clock, longest_life, app }
    }

    /// Where a session stands. What is to be known of it and of its user is asked at once.
    ///
    /// # Errors
    /// The list does not answer.
    pub(super) async fn standing(&self, claim: Claim<'_>) -> StoreResult<Standing> {
        let Some(user) = claim.user else {
            return Ok(self.ending(claim.digest).await?.unwrap_or(Standing::Valid { epoch: 0 }));
        };
        let (ending, epoch) = tokio::join!(self.ending(claim.digest), self.epoch(user));
        Ok(match (ending?, epoch?, claim.epoch) {
            (Some(ending), ..) => ending,
            // Logged in a moment ago, and so in whatever epoch it is.
            (None, Some(epoch), None) => Standing::Valid { epoch: epoch.number },
            (None, None, None) => Standing::Valid { epoch: self.raise(user, None).await? },
            (None, Some(epoch), Some(sealed_in)) if epoch.counts(sealed_in, &claim) => {
                Standing::Valid { epoch: epoch.number }
            }
            (None, ..) => Standing::Ended,
        })
    }

    /// Whether a session was ended or renewed before its cookie's time.
    async fn ending(&self, digest: &Digest) -> StoreResult<Option<Standing>> {
        let key = self.key_of_session(digest);
        let found = self.driver.store().load(&key).await.map_err(self.failed())?;
        Ok(found.as_ref().map(|found| ending(&key, found)))
    }

    /// Notes that a session has another id; where it stood if somebody has ended or renewed it already.
    ///
    /// # Errors
    /// The list does not answer.
    pub(super) async fn renew(&self, digest: &Digest, forward: &Forward) -> StoreResult<Option<Standing>> {
        let key = self.key_of_session(digest);
        for _ in 0..ATTEMPTS {
            if self.create(&key, codec::encode_forward(&key, forward).into()).await? {
                return Ok(None);
            }
            match self.ending(digest).await? {
                // Noted by this call, which did not hear of it.
                Some(Standing::Renewed(noted)) if noted == *forward => return Ok(None),
                Some(standing) => return Ok(Some(standing)),
                None => {}
            }
        }
        Err(self.failed()("an entry comes and goes".into()))
    }

    /// Ends a session; where it stood before. The way to a successor closes, and is answered.
    ///
    /// # Errors
    /// The list does not answer.
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
        Err(self.failed()("an entry comes and goes".into()))
    }

    /// Begins another epoch of a user, in which sessions of those before count no longer, but for one; its number.
    ///
    /// # Errors
    /// The list does not answer.
    pub(super) async fn raise(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let key = self.key_of_user(user);
        let least = self.clock.now().as_milliseconds();
        for _ in 0..ATTEMPTS {
            let found = self.driver.store().load(&key).await.map_err(self.failed())?;
            // A time, and not a count from 0: an entry is not kept for ever, and the next must be greater all the same.
            let next = match found.as_ref().map(epoch) {
                None => Epoch::default().next(least, except),
                Some(Some(before)) => before.next(least, except),
                // By what cannot be read they have ended, all of them.
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
        Err(self.failed()("others change it all the time".into()))
    }

    /// A user's epoch; `None` if it cannot be read.
    async fn epoch(&self, user: &str) -> StoreResult<Option<Epoch>> {
        let found = self.driver.store().load(&self.key_of_user(user)).await.map_err(self.failed())?;
        Ok(found.as_ref().map_or(Some(Epoch::default()), epoch))
    }

    /// Removes entries that no cookie needs any more.
    ///
    /// # Errors
    /// The list does not answer.
    pub(super) async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        self.driver.store().collect(now, batch).await.map_err(self.failed())
    }

    async fn create(&self, key: &Digest, payload: Bytes) -> StoreResult<bool> {
        let created = self.driver.store().create(key, self.entry(1, payload)).await.map_err(self.failed())?;
        match created {
            Creation::Created => Ok(true),
            Creation::Taken => Ok(false),
            Creation::Discarded => Err(self.failed()("it keeps nothing".into())),
        }
    }

    async fn update(&self, key: &Digest, expected: u64, payload: Bytes) -> StoreResult<bool> {
        let entry = self.entry(expected + 1, payload);
        Ok(self.driver.store().update(key, expected, entry).await.map_err(self.failed())? == Update::Saved)
    }

    fn entry(&self, version: u64, payload: Bytes) -> Record {
        let now = self.clock.now();
        Record {
            version,
            created_at: now,
            active_at: now,
            expires_at: now + self.longest_life + MARGIN,
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

    /// Where an entry is: no session's digest leads there.
    fn key(&self, kind: &[u8], name: &[u8]) -> Digest {
        Digest::of(&[b"salon revocation", kind, self.app.as_bytes(), name].join(&0))
    }

    fn failed(&self) -> impl Fn(StoreError) -> StoreError + use<'_> {
        |error| format!("the driver `{}`, which stores the revocations, failed: {error}", self.driver.name()).into()
    }
}

/// What an entry says of a session. One that cannot be read says that it has ended, for that is why there is one.
fn ending(key: &Digest, found: &Found) -> Standing {
    let Found::Live(record) = found else { return Standing::Ended };
    match codec::decode(key, &record.payload) {
        Found::Moved(forward) => Standing::Renewed(forward),
        Found::Live(_) | Found::Corrupt(_) => Standing::Ended,
    }
}

/// What an entry says of a user, if it can be read.
fn epoch(found: &Found) -> Option<Epoch> {
    let Found::Live(record) = found else { return None };
    Epoch::decode(&record.payload)
}
