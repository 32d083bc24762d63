//! Actors that use a session, and end it.

use std::time::Duration;

use bytes::Bytes;
use salon_core::support::Timestamp;

use crate::{
    contract::{Digest, Forward, Found, Lock, Locking, Record, Store, StoreResult, Update},
    limits::MAX_RENEWALS,
    stores::FallbackStore,
};

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const FIRST: Digest = Digest::from_bytes([255; 32]);
/// The version of the session that is in the fallback.
pub(super) const BEFORE: u64 = 3;

/// What an actor does with the session, as the core does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Load,
    Save,
    /// A save by an actor that has loaded the session before the switch.
    SaveLate,
    Touch,
    Lock,
    Renew,
    Destroy,
    EndOfUser,
    /// The collector removes expired records from both.
    Collect,
}

pub(super) const ACTS: [Act; 9] = [
    Act::Load,
    Act::Save,
    Act::SaveLate,
    Act::Touch,
    Act::Lock,
    Act::Renew,
    Act::Destroy,
    Act::EndOfUser,
    Act::Collect,
];

pub(super) fn record(version: u64, names: &str) -> Record {
    Record {
        version,
        created_at: NOW,
        active_at: NOW,
        expires_at: NOW + HOUR,
        user: Some("ada".into()),
        payload: Bytes::copy_from_slice(names.as_bytes()),
        ..Record::default()
    }
}

/// The record after an actor has written its name.
fn signed(record: &Record, number: usize) -> Record {
    let names = [&record.payload[..], number.to_string().as_bytes()].concat();
    Record { version: record.version + 1, payload: names.into(), ..record.clone() }
}

pub(super) struct Somebody {
    pub(super) number: usize,
    pub(super) store: FallbackStore,
}

impl Somebody {
    pub(super) async fn run(&self, act: Act) -> StoreResult<bool> {
        let (number, store) = (self.number, &self.store);
        match act {
            Act::Load => Ok(self.find().await?.is_some()),
            Act::Save => match self.find().await? {
                Some((digest, record)) => self.save(digest, record).await,
                None => Ok(false),
            },
            Act::SaveLate => self.save(FIRST, record(BEFORE, "-")).await,
            Act::Touch => match self.find().await? {
                Some((digest, record)) => Ok(Store::touch(store, &digest, NOW + HOUR, record.expires_at + HOUR)
                    .await?
                    || self.find().await?.is_some()),
                None => Ok(false),
            },
            Act::Lock => {
                let mut digest = FIRST;
                loop {
                    let lock = Lock { owner: (number as u64 + 1).try_into()?, until: NOW };
                    match Store::lock(store, &digest, lock, NOW).await? {
                        Locking::Granted(_) | Locking::Held(_) => return Ok(true),
                        Locking::NotLive(Some(Found::Moved(forward))) => digest = forward.successor,
                        Locking::NotLive(_) => return Ok(false),
                    }
                }
            }
            Act::Renew => self.renew().await,
            Act::Destroy => {
                let mut digest = FIRST;
                loop {
                    match Store::destroy(store, &digest).await? {
                        Some(Found::Moved(forward)) => digest = forward.successor,
                        found => return Ok(found.is_some()),
                    }
                }
            }
            Act::EndOfUser => Ok(Store::end_user_sessions(store, "ada", None).await? > 0),
            Act::Collect => {
                while Store::collect(store, NOW, 10).await?.more {}
                Ok(true)
            }
        }
    }

    /// The session, under whatever digest it has by now.
    pub(super) async fn find(&self) -> StoreResult<Option<(Digest, Record)>> {
        let mut digest = FIRST;
        for _ in 0..MAX_RENEWALS {
            match Store::load(&self.store, &digest).await? {
                Some(Found::Live(record)) => return Ok(Some((digest, record))),
                Some(Found::Moved(forward)) => digest = forward.successor,
                Some(Found::Corrupt(_)) | None => return Ok(None),
            }
        }
        Err("the forwards lead in a circle".into())
    }

    async fn save(&self, digest: Digest, loaded: Record) -> StoreResult<bool> {
        let (mut digest, mut record) = (digest, loaded);
        loop {
            let update = Store::update(&self.store, &digest, record.version, signed(&record, self.number)).await?;
            (digest, record) = match update {
                Update::Saved => return Ok(true),
                Update::Conflict(fresh) => (digest, fresh),
                Update::Moved(_) => match self.find().await? {
                    Some(found) => found,
                    None => return Ok(false),
                },
                Update::Gone => return Ok(false),
            };
        }
    }

    async fn renew(&self) -> StoreResult<bool> {
        while let Some((old, record)) = self.find().await? {
            let successor = Digest::from_bytes([u8::try_from(self.number)? + 1; 32]);
            let way = Forward { successor, veiled_id: None, until: NOW, expires_at: NOW + HOUR };
            let next = signed(&record, self.number);
            match Store::rotate(&self.store, &old, record.version, &successor, next, way).await? {
                Update::Saved => return Ok(true),
                Update::Gone => return Ok(false),
                Update::Conflict(_) | Update::Moved(_) => {}
            }
        }
        Ok(false)
    }
}
