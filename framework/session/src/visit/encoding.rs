//! Encodes the content of a session for its record, within the limits.

use bytes::Bytes;
use salon_core::support::Clock;

use crate::{
    contract::{Digest, Record},
    data::{Content, SMALLEST_ENTRY, beginning},
    error::{Error, Result},
    limits::MAX_KEYS,
    visit::{carrier::Oversize, session_driver::SessionDriver},
};

impl SessionDriver {
    /// Encodes the content for this version of its record.
    ///
    /// # Errors
    /// Returns an error if it is larger than `max_bytes`, or has too many keys.
    pub(crate) fn encode(&self, content: &Content, version: u64) -> Result<Bytes> {
        let core = self.core();
        let payload = content.encode(version, &core.clock);
        let (bytes, limit) = (payload.len(), core.settings.max_bytes);
        if bytes > limit {
            return Err(Error::TooLarge { bytes, limit, largest: largest_keys(content, &core.clock) });
        }
        ensure_few_keys(content, bytes, &core.clock)?;
        Ok(payload)
    }

    /// Returns the record with its payload, encrypted if the configuration says so.
    ///
    /// # Errors
    /// Returns an error if it cannot be encrypted, or does not fit into a cookie that must carry it.
    pub(crate) fn seal(&self, digest: &Digest, payload: &Bytes, record: Record) -> Result<Record> {
        let record = Record { payload: self.sealer().seal(digest, payload.clone())?, ..record };
        self.carrier().fits(&record).map_err(|Oversize { bytes, limit }| {
            let content = Content::open(payload).unwrap_or_default();
            Error::CookieTooLarge { bytes, limit, largest: largest_keys(&content, &self.core().clock) }
        })?;
        Ok(record)
    }
}

/// Returns an error if the session has too many keys. Most sessions are so small that the keys need not be counted.
fn ensure_few_keys(content: &Content, bytes: usize, clock: &Clock) -> Result<()> {
    if bytes <= MAX_KEYS * SMALLEST_ENTRY {
        return Ok(());
    }
    let keys = content.data.live(clock).count();
    if keys > MAX_KEYS { Err(Error::TooManyKeys { keys, limit: MAX_KEYS }) } else { Ok(()) }
}

/// Returns the three largest keys, for an error that helps to find what to remove.
fn largest_keys(content: &Content, clock: &Clock) -> String {
    let mut sizes: Vec<_> = content.data.live(clock).map(|entry| (entry.json.len(), entry.key)).collect();
    sizes.sort_unstable_by(|left, right| right.cmp(left));
    let named = sizes.iter().take(3).map(|(size, key)| format!("`{}` ({size} bytes)", beginning(key)));
    named.collect::<Vec<_>>().join(", ")
}
