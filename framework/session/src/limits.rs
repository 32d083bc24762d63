//! The limits that several files share, and why they have these values.

use std::time::Duration;

/// How often a save is tried if another request saves first each time. Requests of one process queue up, so only
/// processes compete; a hundred of them would need fewer attempts.
pub(crate) const MAX_SAVE_ATTEMPTS: u32 = 200;
/// Attempts before a save waits: the first collisions resolve themselves through the queue.
pub(crate) const SAVES_WITHOUT_BACK_OFF: u32 = 3;
/// The unit of the back-off between attempts: less than a round trip to a near store.
pub(crate) const BACK_OFF_STEP: Duration = Duration::from_micros(255);

/// How many new ids are drawn for a session. 256 random bits do not collide twice; if they seem to, the driver is
/// broken.
pub(crate) const MAX_NEW_IDS: u32 = 3;

/// How many forwards in a row are followed for a visitor: more than the parallel requests of one page create, and few
/// enough that nobody can make a request expensive with them.
pub(crate) const MAX_HOPS: usize = 100;
/// How many forwards in a row are followed for a request in progress, or to end a session: more than a session gets
/// during one request. The limit exists so that a store that forwards in a circle does not stop the request for ever.
pub(crate) const MAX_RENEWALS: usize = 1_000;

/// Longer than any request takes. What a request that read a session a while ago relies on stays at least this long:
/// the tombstone of an ended session, and the revocation that outlives its cookie. A request that read a session longer
/// ago reads it again before it acts on it.
pub(crate) const LONGER_THAN_A_REQUEST: Duration = Duration::from_secs(300);

/// How long a record is kept after it has expired, by the collector and by every store that removes records on its own.
/// A request that found the session alive a second before may still be about to save it, and the clocks of two machines
/// differ.
pub(crate) const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(60);

/// How many keys a session may have. Keys are not indexed: a lookup walks over the encoded entries, so with the
/// smallest entry of 10 bytes a session of 1 MiB could make each lookup pass 100,000 keys. Who would miss the limit? An
/// app that stores a key for something that its visitors choose, such as each product they look at: one of them could
/// make every request slow. The cost is a comparison for each save, because a payload of less than 10 KiB cannot have
/// so many keys and is not counted.
pub(crate) const MAX_KEYS: usize = 1_024;
