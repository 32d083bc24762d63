//! What all sessions of an application share.

use bytes::Bytes;

use super::{
    codec::PayloadSealer,
    content::Content,
    error::{Error, Result},
    id::{Digest, Id},
    lifetime::Lifetime,
    queue::Queues,
    settings::Settings,
};
use crate::support::{Clock, Random};

pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) sealer: PayloadSealer,
    pub(crate) queues: Queues,
}

impl Core {
    pub(crate) const fn lifetime(&self) -> &Lifetime {
        &self.settings.lifetime
    }

    pub(crate) fn new_id(&self) -> Result<Id> {
        Ok(Id::generate(&self.random)?)
    }

    /// A record's payload: within the limit, and sealed if sessions are.
    pub(crate) fn payload(&self, digest: &Digest, content: &Content, version: u64) -> Result<Bytes> {
        let payload = content.encode(version, &self.clock);
        if payload.len() > self.settings.max_bytes {
            let (bytes, limit) = (payload.len(), self.settings.max_bytes);
            return Err(Error::TooLarge { bytes, limit, largest: largest_keys(content, &self.clock) });
        }
        self.sealer.seal(digest, payload)
    }
}

/// The three largest keys, for the error that says what to take out.
fn largest_keys(content: &Content, clock: &Clock) -> String {
    let mut sizes: Vec<_> = content.data.live(clock).map(|entry| (entry.json.len(), entry.key)).collect();
    sizes.sort_unstable_by(|left, right| right.cmp(left));
    let named: Vec<_> = sizes.iter().take(3).map(|(size, key)| format!("`{key}` ({size} bytes)")).collect();
    named.join(", ")
}
