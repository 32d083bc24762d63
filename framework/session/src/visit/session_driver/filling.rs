//! What goes into a record, and what is too large for one.

use bytes::Bytes;
use salon_core::support::Clock;

use super::SessionDriver;
use crate::{
    contract::{id::Digest, record::Record},
    data::{content::Content, entry::SMALLEST_ENTRY, json::beginning},
    error::{Error, Result},
    limits::MAX_KEYS,
    visit::carrier::Oversize,
};

impl SessionDriver {
    /// Encodes the content for this version of its record, within the limits.
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

    /// Returns the record with its payload, encrypted if sessions are.
    pub(crate) fn seal(&self, digest: &Digest, payload: &Bytes, record: Record) -> Result<Record> {
        let record = Record { payload: self.sealer().seal(digest, payload.clone())?, ..record };
        self.carrier().fits(&record).map_err(|Oversize { bytes, limit }| {
            let content = Content::open(payload).unwrap_or_default();
            Error::CookieTooLarge { bytes, limit, largest: largest_keys(&content, &self.core().clock) }
        })?;
        Ok(record)
    }
}

/// Refuses a session of too many keys. Most are so small that nobody has to count.
fn ensure_few_keys(content: &Content, bytes: usize, clock: &Clock) -> Result<()> {
    if bytes <= MAX_KEYS * SMALLEST_ENTRY {
        return Ok(());
    }
    let keys = content.data.live(clock).count();
    if keys > MAX_KEYS { Err(Error::TooManyKeys { keys, limit: MAX_KEYS }) } else { Ok(()) }
}

/// The three largest keys, for the error that says what to take out.
fn largest_keys(content: &Content, clock: &Clock) -> String {
    let mut sizes: Vec<_> = content.data.live(clock).map(|entry| (entry.json.len(), entry.key)).collect();
    sizes.sort_unstable_by(|left, right| right.cmp(left));
    let named = sizes.iter().take(3).map(|(size, key)| format!("`{}` ({size} bytes)", beginning(key)));
    named.collect::<Vec<_>>().join(", ")
}
