//! The contract for a driver of your own: six methods over digests and bytes.

use std::{future::Future, time::Duration};

use crate::contract::{error::StoreResult, id::Digest};

/// Stores sessions wherever you like, in the six methods that PHP's session handlers have made familiar.
///
/// Salon does the rest: it decides what has expired, merges parallel requests, and gives each digest to one writer at a
/// time in this process. The bytes are opaque and carry their own checksum. An error means "I cannot tell", and the
/// visitor gets a 503. `Ok(None)` means that there is nothing.
///
/// If several processes share the storage, implement [`Store`](crate::Store) instead: of two saves at the same moment,
/// one can be lost otherwise.
///
/// ```
/// use std::{collections::HashMap, sync::{Mutex, MutexGuard, PoisonError}, time::{Duration, Instant}};
/// use salon_session::{Digest, Driver, StoreResult};
///
/// /// The bytes of each session, and when they were written.
/// #[derive(Default)]
/// struct MapDriver(Mutex<HashMap<Digest, (Vec<u8>, Instant)>>);
///
/// impl MapDriver {
///     /// Held for one lookup and never across an `.await`, so it does not block the async thread.
///     fn map(&self) -> MutexGuard<'_, HashMap<Digest, (Vec<u8>, Instant)>> {
///         self.0.lock().unwrap_or_else(PoisonError::into_inner)
///     }
/// }
///
/// impl Driver for MapDriver {
///     async fn open(&self) -> StoreResult<()> { Ok(()) }
///     async fn close(&self) -> StoreResult<()> { Ok(()) }
///     async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
///         Ok(self.map().get(digest).map(|(bytes, _)| bytes.clone()))
///     }
///     async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
///         self.map().insert(*digest, (bytes.to_vec(), Instant::now()));
///         Ok(())
///     }
///     async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
///         self.map().remove(digest);
///         Ok(())
///     }
///     async fn gc(&self, older_than: Duration) -> StoreResult<u64> {
///         let mut map = self.map();
///         let before = map.len();
///         map.retain(|_, (_, written_at)| written_at.elapsed() <= older_than);
///         Ok((before - map.len()) as u64)
///     }
/// }
///
/// # salon_session::doc_support::block_on(async {
/// # let manager = salon_session::doc_support::manager();
/// // In a provider's `boot`: `facades::Session::extend(…)`, then `SESSION_DRIVER=map`.
/// manager.extend("map", |_config| async { Ok(MapDriver::default()) });
/// let session = manager.build_session(manager.driver(Some("map")).await?, None);
/// # session.start().await?;
/// # session.put("name", "Ada")?;
/// # session.close().await?;
/// # let again = manager.build_session(manager.driver(Some("map")).await?, Some(&session.id()?.expose()));
/// # again.start().await?;
/// # assert_eq!(again.get::<String>("name")?.as_deref(), Some("Ada"));
/// # Ok::<(), salon_session::Error>(())
/// # }).unwrap();
/// ```
///
/// # What a driver must not do, and how to prove it
///
/// `salon_session::testing::session_driver_suite!(map, || async { MapDriver::default() });` in a file of `tests/`
/// (feature `testing`) makes some sixty tests of these rules, for a `Driver` or a `Store`. A driver must not
///
/// * return `Ok(None)` because the store is down, or `Ok(())` before every later read sees the write;
/// * block the async thread for longer than a local disk takes: use an async client, or `spawn_blocking`;
/// * change the bytes, or shorten the lifetime: the session would be unreadable, or end early;
/// * send a write again without checking whether the first one succeeded: this can undo a newer one;
/// * name a password or the contents of a session in an error: errors are logged.
pub trait Driver: Send + Sync + 'static {
    /// Connects. It is called once, before anything else. If the driver is the configured one, an error prevents
    /// startup.
    ///
    /// # Errors
    /// Returns an error if the driver cannot work.
    fn open(&self) -> impl Future<Output = StoreResult<()>> + Send;

    /// Releases what the driver holds. It is called once, when the application ends.
    ///
    /// # Errors
    /// Returns an error if something could not be written.
    fn close(&self) -> impl Future<Output = StoreResult<()>> + Send;

    /// Returns the bytes that were written last under this digest. Returns `None`, or empty bytes, if there are none.
    ///
    /// # Errors
    /// Returns an error if the driver cannot tell.
    fn read(&self, digest: &Digest) -> impl Future<Output = StoreResult<Option<Vec<u8>>>> + Send;

    /// Stores all of the bytes under this digest, or none of them. They replace any that are there, and stay for at
    /// least `lifetime`, which is a second or more.
    ///
    /// # Errors
    /// Returns an error if the bytes could not be stored. The bytes from before should then still be there. If the
    /// storage had to drop them, the session has ended. A part of either must never be read.
    fn write(&self, digest: &Digest, bytes: &[u8], lifetime: Duration) -> impl Future<Output = StoreResult<()>> + Send;

    /// Removes the bytes under this digest. It is not an error if there are none.
    ///
    /// # Errors
    /// Returns an error if the bytes may still be there.
    fn destroy(&self, digest: &Digest) -> impl Future<Output = StoreResult<()>> + Send;

    /// Removes all bytes that were written longer ago than this, and returns how many sessions that were. A store that
    /// expires them on its own returns 0.
    ///
    /// # Errors
    /// Returns an error if not all of them were removed.
    fn gc(&self, older_than: Duration) -> impl Future<Output = StoreResult<u64>> + Send;
}
