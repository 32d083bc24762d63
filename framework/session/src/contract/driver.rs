//! The contract for a driver of your own: six methods over digests and bytes.

use std::{future::Future, time::Duration};

use crate::contract::{error::StoreResult, id::Digest};

/// Keeps sessions somewhere of your own, in the six methods that PHP's session handlers made familiar.
///
/// Salon does the rest: it decides what is expired, merges parallel requests, and gives each digest to one writer at a time
/// in this process. The bytes are opaque and carry their own checksum. An error means "I cannot say", and the visitor gets
/// a 503; what is not there is `Ok(None)`.
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
///         Ok(self.pages.lock().map_err(|_| "the ledger is torn")?.get(digest).cloned())
///     }
///
///     async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
///         self.pages.lock().map_err(|_| "the ledger is torn")?.insert(*digest, bytes.to_vec());
///         Ok(())
///     }
///
///     async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
///         self.pages.lock().map_err(|_| "the ledger is torn")?.remove(digest);
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
    /// Connects. Called once, before anything else; an error stops the start.
    ///
    /// # Errors
    /// Whatever keeps the driver from working.
    fn open(&self) -> impl Future<Output = StoreResult<()>> + Send;

    /// Lets go. Called once, when the application ends.
    ///
    /// # Errors
    /// Something could not be written.
    fn close(&self) -> impl Future<Output = StoreResult<()>> + Send;

    /// The bytes written last under this digest; `None`, or empty ones, if there are none.
    ///
    /// # Errors
    /// The driver cannot say.
    fn read(&self, digest: &Digest) -> impl Future<Output = StoreResult<Option<Vec<u8>>>> + Send;

    /// Keeps the bytes under this digest, in place of any there, for at least this long, which is a second or more. All of them
    /// or none.
    ///
    /// # Errors
    /// They are not kept, and what was there is.
    fn write(&self, digest: &Digest, bytes: &[u8], lifetime: Duration) -> impl Future<Output = StoreResult<()>> + Send;

    /// Removes what is under this digest; if there is nothing, that is fine.
    ///
    /// # Errors
    /// It may still be there.
    fn destroy(&self, digest: &Digest) -> impl Future<Output = StoreResult<()>> + Send;

    /// Removes what was not written for this long; how many. A store that forgets by itself answers 0.
    ///
    /// # Errors
    /// Not all of it was removed.
    fn gc(&self, older_than: Duration) -> impl Future<Output = StoreResult<u64>> + Send;
}
