//! What goes into a record, and what is too much for one.

use salon_core::support::Clock;

use crate::{
    contract::{id::Digest, record::Record},
    data::{content::Content, entry::SMALLEST_ENTRY, json::beginning},
    error::{Error, Result},
    visit::{carrier::Oversize, session_driver::SessionDriver},
};

/// The most keys that a session may have.
const MAX_KEYS: usize = 1_024;

impl SessionDriver {
    /// A record with what it is to hold: within the limits, and sealed if sessions are.
    pub(crate) fn fill(&self, digest: &Digest, content: &Content, record: Record) -> Result<Record> {
        let core = self.core();
        let payload = content.encode(record.version, &core.clock);
        if payload.len() > core.settings.max_bytes {
            let (bytes, limit) = (payload.len(), core.settings.max_bytes);
            return Err(Error::TooLarge { bytes, limit, largest: largest_keys(content, &core.clock) });
        }
        ensure_few_keys(content, payload.len(), &core.clock)?;
        let record = Record { payload: self.sealer().seal(digest, payload)?, ..record };
        self.carrier().fits(&record).map_err(|Oversize { bytes, limit }| Error::CookieTooLarge {
            bytes,
            limit,
            largest: largest_keys(content, &core.clock),
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
