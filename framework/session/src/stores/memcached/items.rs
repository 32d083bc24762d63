//! Items by digest, and how they are changed.

use salon_database::memcached::{ItemKey, MemcachedClient, MemcachedError, MemcachedErrorKind, Stored};

use crate::{
    contract::{Creation, Digest, Found, StoreError, StoreResult, Update, WriteIds, changes},
    stores::memcached::{
        hints::Hints,
        session_item::{self, SessionItem},
    },
};

/// How many times a change is tried when other requests keep being faster. Each time, one of them succeeds.
const ATTEMPTS: usize = 200;

/// The reason if the result of a save can no longer be determined.
const OVERTAKEN: &str = "the connection to memcached was lost during a save, and other requests have saved since: it is not known whether the save was carried out";

/// The items under the prefix in memcached.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) servers: MemcachedClient,
    pub(super) prefix: String,
    pub(super) hints: Hints,
    pub(super) write_ids: WriteIds,
}

/// What to do with an item that was read.
pub(super) enum Step<T> {
    /// Leave it as it is, and return this.
    Leave(T),
    /// Replace it, and then return this.
    Replace(SessionItem, T),
    /// Replace it but keep its write id, because its content is still what another request wrote; then return this.
    Amend(SessionItem, T),
}

/// An item that was read.
#[derive(Default)]
struct Seen {
    cas: u64,
    write_id: u32,
    found: Option<Found>,
}

impl Items {
    /// Asks the servers for an item that does not exist.
    pub(super) async fn probe(&self) -> StoreResult<()> {
        Ok(self.servers.probe(&self.key(&Digest::from_bytes([0; 32]))).await?)
    }

    /// Loads what is stored under a digest.
    pub(super) async fn find(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.read(digest).await?.and_then(|seen| seen.found))
    }

    /// Adds a new item.
    pub(super) async fn add(&self, digest: &Digest, item: &SessionItem) -> StoreResult<Creation> {
        let write_id = self.write_id();
        let added = self.servers.add(&self.key(digest), item.entry(write_id)).await;
        Ok(match added.map_err(of_write)? {
            Stored::Done(cas) => {
                self.note(digest, item.version, cas);
                Creation::Created
            }
            // The existing item may be our own.
            Stored::Refused { is_repeated: true } => match self.read(digest).await.map_err(unknown)? {
                Some(seen) if seen.write_id == write_id => Creation::Created,
                _ => Creation::Taken,
            },
            Stored::Refused { is_repeated: false } | Stored::Absent => Creation::Taken,
        })
    }

    /// Replaces a live record of the expected version. Takes one round trip if this process was the last to see the
    /// session.
    ///
    /// # Errors
    /// Returns an error if there was no response and it can no longer be determined whether the save was carried out,
    /// because other requests have changed the session since.
    pub(super) async fn replace(&self, digest: &Digest, expected: u64, item: SessionItem) -> StoreResult<Update> {
        let hinted = self.hints.take(digest, expected).map(|cas| (cas, item.clone(), Update::Saved));
        let decide = |found: Option<Found>, is_uncertain| match Update::refusal(found.as_ref(), expected) {
            Some(_) if is_uncertain && !is_outcome_known(found.as_ref(), expected) => {
                Err(StoreError::outcome_unknown(OVERTAKEN))
            }
            Some(answer) => Ok(Step::Leave(answer)),
            None => Ok(Step::Replace(item.clone(), Update::Saved)),
        };
        self.change_from(hinted, digest, decide).await
    }

    /// Reads the item, lets `decide` choose, and writes over exactly what was read. Repeats until no other request came
    /// in between. Deciding twice must have the same effect as deciding once.
    pub(super) async fn change<T: Send>(
        &self,
        digest: &Digest,
        mut decide: impl FnMut(Option<Found>) -> Step<T> + Send,
    ) -> StoreResult<T> {
        self.change_from(None, digest, |found, _| Ok(decide(found))).await
    }

    async fn change_from<T: Send>(
        &self,
        mut hinted: Option<(u64, SessionItem, T)>,
        digest: &Digest,
        mut decide: impl FnMut(Option<Found>, bool) -> StoreResult<Step<T>> + Send,
    ) -> StoreResult<T> {
        // The write id of a request that may have been carried out, and its result.
        let mut uncertain: Option<(u32, T)> = None;
        for _ in 0..ATTEMPTS {
            let (cas, write_id, item, answer) = match hinted.take() {
                Some((cas, item, answer)) => (cas, self.write_id(), item, answer),
                None => {
                    let is_uncertain = uncertain.is_some();
                    let read = self.read(digest).await;
                    let seen =
                        read.map_err(|error| if is_uncertain { unknown(error) } else { error })?.unwrap_or_default();
                    if let Some((write_id, answer)) = uncertain.take()
                        && seen.write_id == write_id
                        && seen.cas > 0
                    {
                        return Ok(answer);
                    }
                    match decide(seen.found, is_uncertain)? {
                        Step::Leave(answer) => return Ok(answer),
                        Step::Replace(item, answer) => (seen.cas, self.write_id(), item, answer),
                        Step::Amend(item, answer) => (seen.cas, seen.write_id, item, answer),
                    }
                }
            };
            let swapped = self.servers.swap(&self.key(digest), cas, item.entry(write_id)).await;
            match swapped.map_err(of_write)? {
                Stored::Done(cas) => {
                    self.note(digest, item.version, cas);
                    return Ok(answer);
                }
                Stored::Refused { is_repeated: true } => uncertain = Some((write_id, answer)),
                Stored::Refused { is_repeated: false } | Stored::Absent => {}
            }
        }
        Err(format!("other requests changed the session {ATTEMPTS} times in a row").into())
    }

    /// Removes a record that was just added here and that nobody knows of, unless it has changed since.
    pub(super) async fn take_back(&self, digest: &Digest, version: u64) {
        if let Some(cas) = self.hints.take(digest, version) {
            // If this fails, memcached drops the item when it expires.
            let _ = self.servers.delete(&self.key(digest), cas).await;
        }
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Seen>> {
        let Some(item) = self.servers.get(&self.key(digest)).await? else { return Ok(None) };
        let found = session_item::read(digest, &item.value);
        if let Some(Found::Live(record)) = &found {
            self.hints.note(digest, record.version, item.cas);
        }
        Ok(Some(Seen { cas: item.cas, write_id: item.flags, found }))
    }

    fn key(&self, digest: &Digest) -> ItemKey {
        let hash = digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        ItemKey { text: format!("{}{}", self.prefix, digest.to_hex()), hash }
    }

    fn note(&self, digest: &Digest, version: Option<u64>, cas: u64) {
        if let Some(version) = version {
            self.hints.note(digest, version, cas);
        }
    }

    /// The number of the next write, cut to what the client flags have room for. Only numbers that were written under the
    /// same key within seconds are ever compared.
    fn write_id(&self) -> u32 {
        let [a, b, c, d, ..] = self.write_ids.next().to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

/// Converts the error of a command that writes.
fn of_write(error: MemcachedError) -> StoreError {
    match error.kind {
        MemcachedErrorKind::TooLarge { bytes, limit } => {
            let remedy = "store less in the session, or start memcached with a larger `-I`";
            StoreError::TooLarge { bytes, limit, remedy }
        }
        MemcachedErrorKind::Timeout(_) | MemcachedErrorKind::Closed(_) | MemcachedErrorKind::Protocol(_) => {
            StoreError::outcome_unknown(error)
        }
        _ => error.into(),
    }
}

/// Converts the error of a read that was to find out whether a write was carried out.
fn unknown(error: StoreError) -> StoreError {
    StoreError::outcome_unknown(error.into_source())
}

/// True if a save over this version that received no response was certainly not carried out, given that this is stored
/// and has another write id. A save makes the next version, and only a touch keeps the version, so it was not carried out if no
/// version follows the next one.
fn is_outcome_known(found: Option<&Found>, expected: u64) -> bool {
    match found {
        Some(Found::Live(record)) => changes(record.version) <= changes(expected) + 1,
        Some(Found::Moved(_)) => false,
        Some(Found::Corrupt(_)) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use std::{io, time::Duration};

    use super::*;
    use crate::contract::{Record, next_version};

    #[test]
    fn f_08_a_write_without_a_response_has_an_unknown_outcome_and_a_refused_one_was_not_carried_out() {
        let of = |kind| of_write(MemcachedError { server: "there:11211".to_owned(), kind });
        for kind in [
            MemcachedErrorKind::Timeout(Duration::from_secs(1)),
            MemcachedErrorKind::Closed(io::ErrorKind::ConnectionReset.into()),
            MemcachedErrorKind::Protocol("nonsense"),
        ] {
            assert!(matches!(of(kind), StoreError::OutcomeUnknown { .. }));
        }
        for kind in [
            MemcachedErrorKind::Unreachable(io::ErrorKind::ConnectionRefused.into()),
            MemcachedErrorKind::Busy(Duration::from_secs(1)),
            MemcachedErrorKind::OutOfMemory,
        ] {
            assert!(matches!(of(kind), StoreError::Unavailable { .. }));
        }
        let too_large = of(MemcachedErrorKind::TooLarge { bytes: 2, limit: 1 });
        assert!(matches!(too_large, StoreError::TooLarge { bytes: 2, limit: 1, .. }));
    }

    #[test]
    fn f_08_only_a_later_version_can_hide_a_save_that_received_no_response() {
        let [expected, next, later] = [1, 2, 3].map(|changes| (0..changes).fold(0, next_version));
        let is_known = |version| {
            let found = Found::Live(Record { version, ..Record::default() });
            is_outcome_known(Some(&found), expected)
        };
        assert!(is_known(expected) && is_known(next) && !is_known(later) && is_outcome_known(None, expected));
    }
}
