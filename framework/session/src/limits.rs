//! How often, how many, and how long: the limits that several files share, and why they are what they are.

use std::time::Duration;

/// How often a save is tried when other requests are first each time. In one process they queue up, so only processes compete;
/// a hundred of them would need fewer attempts.
pub(crate) const MAX_SAVE_ATTEMPTS: u32 = 200;
/// Attempts before a save waits: the first collisions resolve themselves through the queue.
pub(crate) const SAVES_WITHOUT_BACK_OFF: u32 = 3;
/// The unit of the back-off between attempts: less than a round trip to a near store.
pub(crate) const BACK_OFF_STEP: Duration = Duration::from_micros(255);

/// How many new ids are drawn for a session. A collision of 256 random bits does not happen twice: then the driver is broken.
pub(crate) const MAX_NEW_IDS: u32 = 3;

/// How many renewals in a row are followed for a visitor: more than the parallel requests of one page make, and few enough that
/// nobody makes a request expensive with them.
pub(crate) const MAX_HOPS: usize = 100;
/// How many renewals are followed for a request in progress, or to end a session: more than a session has during one request,
/// so that a store that forwards in a circle stops nobody.
pub(crate) const MAX_RENEWALS: usize = 1_000;

/// Longer than any request takes. Whatever a request relies on that read a session a while ago stays at least this long: the
/// tombstone of an ended session, and the entry of the list of revocations that outlives its cookie. A request that read a session
/// longer ago reads it again before it acts on it.
pub(crate) const LONGER_THAN_A_REQUEST: Duration = Duration::from_secs(300);
/// How long a record is kept after it has expired, by the collector and by every store that removes records on its own. A request
/// that found the session alive a second before may still be about to save it, and the clocks of two machines differ.
pub(crate) const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(60);

/// The most keys that a session may have: lookups walk over them.
pub(crate) const MAX_KEYS: usize = 1_024;
