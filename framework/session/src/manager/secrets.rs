//! What the manager derives from the keys of the app.

use std::sync::Arc;

use salon_core::encryption::{EncryptionError, KeyRing, Sealer, Signer};

/// What the manager derives from the keys of the app; nothing if the app has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    /// Encrypts the payloads of records.
    pub(crate) payloads: Option<Arc<Sealer>>,
    /// Encrypts the sessions of the driver `cookie`.
    pub(crate) cookies: Option<Arc<Sealer>>,
    /// Signs the forms of visitors without a stored session.
    pub(crate) forms: Option<Signer>,
}

impl Secrets {
    pub(crate) fn derive(keys: &KeyRing) -> Result<Self, EncryptionError> {
        Ok(Self {
            payloads: Some(Arc::new(keys.sealer("session")?)),
            cookies: Some(Arc::new(keys.sealer("session cookie")?)),
            forms: Some(keys.signer("session form")?),
        })
    }
}
