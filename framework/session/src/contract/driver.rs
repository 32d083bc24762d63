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
/// use std::{collections::HashMap, sync::Mutex, time::Duration};
/// use salon_session::{Digest, Driver, StoreResult};
///
/// #[derive(Default)]
/// struct LedgerDriver {
///     pages: Mutex<HashMap<Digest, Vec<u8>>>,
/// }
///
/// impl Driver for LedgerDriver {
///     async fn open(&self) -> StoreResult<()> {
///         Ok(())
///     }
///
///     async fn close(&self) -> StoreResult<()> {
///         Ok(())
///     }
///
///     async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
///         Ok(self.pages.lock().map_err(|_| "a writer panicked")?.get(digest).cloned())
///     }
///
///     async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
///         self.pages.lock().map_err(|_| "a writer panicked")?.insert(*digest, bytes.to_vec());
///         Ok(())
///     }
///
///     async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
///         self.pages.lock().map_err(|_| "a writer panicked")?.remove(digest);
///         Ok(())
///     }
///
///     async fn gc(&self, _older_than: Duration) -> StoreResult<u64> {
///         Ok(0)
///     }
/// }
///
/// # salon_session::doc_support::block_on(async {
/// # let manager = salon_session::doc_support::manager();
/// // In a provider's `boot`: `facades::Session::extend(…)`, then `SESSION_DRIVER=ledger`.
/// manager.extend("ledger", |_config| async { Ok(LedgerDriver::default()) });
/// let session = manager.build_session(manager.driver(Some("ledger")).await?, None);
/// # session.start().await?;
/// # session.put("name", "Ada")?;
/// # session.close().await?;
/// # let again = manager.build_session(manager.driver(Some("ledger")).await?, Some(&session.id()?.expose()));
/// # again.start().await?;
/// # assert_eq!(again.get::<String>("name")?.as_deref(), Some("Ada"));
/// # Ok::<(), salon_session::Error>(())
/// # }).unwrap();
/// ```
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
