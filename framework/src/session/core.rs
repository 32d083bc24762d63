//! What all sessions of an application share.

use std::fmt;

use tokio::{sync::Mutex, time::Instant};

use super::{
    codec::PayloadSealer,
    content::Content,
    cookie::MOST_BYTES,
    depth::beginning,
    entry::SMALLEST_ENTRY,
    error::{BoxError, Error, Result},
    event::SessionEvent,
    events::Events,
    horizon::Horizon,
    id::{Digest, Id},
    lifetime::Lifetime,
    queue::Queues,
    record::Record,
    session_driver::SessionDriver,
    settings::Settings,
};
use crate::support::{Clock, Random};

/// The most keys that a session may have.
const MOST_KEYS: usize = 1_024;

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
    /// Held by the collection that is under way.
    pub(crate) horizon: Mutex<Horizon>,
}

impl Core {
    pub(crate) fn new(settings: Settings, clock: Clock, random: Random, sealer: PayloadSealer) -> Self {
        let horizon = Mutex::new(Horizon::new(clock.now(), Instant::now().into_std()));
        let (queues, locks, events) = (Queues::default(), Queues::default(), Events::default());
        Self { settings, clock, random, sealer, queues, locks, events, horizon }
    }

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
            let source = match source.downcast::<Error>() {
                // The store is well: it is the session that it cannot keep.
                Ok(error) if matches!(*error, Error::TooLargeForDriver { .. }) => return *error,
                Ok(error) => error,
                Err(source) => source,
            };
            let (driver, reason) = (driver.name().to_owned(), source.to_string());
            self.events.tell(&SessionEvent::StoreFailed { driver: driver.clone(), action, reason });
            Error::Unavailable { driver, action, source }
        }
    }

    /// A record with what it is to hold: within the limits, and sealed if sessions are.
    pub(crate) fn fill(
        &self,
        driver: &SessionDriver,
        digest: &Digest,
        content: &Content,
        record: Record,
    ) -> Result<Record> {
        let payload = content.encode(record.version, &self.clock);
        if payload.len() > self.settings.max_bytes {
            let (bytes, limit) = (payload.len(), self.settings.max_bytes);
            return Err(Error::TooLarge { bytes, limit, largest: largest_keys(content, &self.clock) });
        }
        ensure_few_keys(content, payload.len(), &self.clock)?;
        let Some(cookies) = driver.cookies() else {
            return Ok(Record { payload: self.sealer.seal(digest, payload)?, ..record });
        };
        // Sealed as a whole, and once.
        let record = Record { payload, ..record };
        let (bytes, limit) = (cookies.size(&record), MOST_BYTES);
        if bytes > limit {
            return Err(Error::CookieTooLarge { bytes, limit, largest: largest_keys(content, &self.clock) });
        }
        Ok(record)
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Core").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Refuses a session of too many keys. Most are so small that nobody has to count.
fn ensure_few_keys(content: &Content, bytes: usize, clock: &Clock) -> Result<()> {
    if bytes <= MOST_KEYS * SMALLEST_ENTRY {
        return Ok(());
    }
    let keys = content.data.live(clock).count();
    if keys > MOST_KEYS { Err(Error::TooManyKeys { keys, limit: MOST_KEYS }) } else { Ok(()) }
}

/// The three largest keys, for the error that says what to take out.
fn largest_keys(content: &Content, clock: &Clock) -> String {
    let mut sizes: Vec<_> = content.data.live(clock).map(|entry| (entry.json.len(), entry.key)).collect();
    sizes.sort_unstable_by(|left, right| right.cmp(left));
    let named = sizes.iter().take(3).map(|(size, key)| format!("`{}` ({size} bytes)", beginning(key)));
    named.collect::<Vec<_>>().join(", ")
}
