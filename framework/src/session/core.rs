//! What all sessions of an application share.

use bytes::Bytes;

use super::{
    codec::PayloadSealer,
    content::Content,
    error::{BoxError, Error, Result},
    event::SessionEvent,
    events::Events,
    id::{Digest, Id},
    lifetime::Lifetime,
    queue::Queues,
    session_driver::SessionDriver,
    settings::Settings,
};
use crate::support::{Clock, Random};

pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) sealer: PayloadSealer,
    /// Saves that got in each other's way.
    pub(crate) queues: Queues,
    /// Requests that wait for a session's lock.
    pub(crate) locks: Queues,
    pub(crate) events: Events,
}

impl Core {
    pub(crate) const fn lifetime(&self) -> &Lifetime {
        &self.settings.lifetime
    }

    pub(crate) fn new_id(&self) -> Result<Id> {
        Ok(Id::generate(&self.random)?)
    }

    /// The error for a store that failed at something, and the event.
    pub(crate) fn failed<'a>(
        &'a self,
        driver: &'a SessionDriver,
        action: &'static str,
    ) -> impl FnOnce(BoxError) -> Error + use<'a> {
        move |source| {
            let (driver, reason) = (driver.name().to_owned(), source.to_string());
            self.events.tell(&SessionEvent::StoreFailed { driver: driver.clone(), action, reason });
            Error::Unavailable { driver, action, source }
        }
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
