//! The certificate that the server shows, which changes when its files do.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    crypto::CryptoProvider,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};

use super::{
    TlsError,
    files::{Files, Stamp},
};

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// The certificate that the server shows to new connections.
pub(super) struct Certificates {
    files: Files,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<Seen>,
}

/// What the last look has found.
struct Seen {
    stamp: Stamp,
    /// Why the files cannot be used. It is logged once, and they are read again each time: one of them may have been replaced
    /// already, and the other one not.
    problem: Option<String>,
}

impl Certificates {
    pub(super) fn load(files: Files, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        // Before reading, so that a change meanwhile is found.
        let stamp = files.stamp();
        let current = RwLock::new(Arc::new(files.load(&provider)?));
        Ok(Self { files, provider, current, seen: Mutex::new(Seen { stamp, problem: None }) })
    }

    /// Looks at the files regularly.
    pub(super) async fn watch(self: Arc<Self>) {
        let mut looks = interval(INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let certificates = Arc::clone(&self);
            if let Err(error) = spawn_blocking(move || certificates.look()).await {
                tracing::error!(%error, "cannot look at the files of the certificate");
            }
        }
    }

    /// Reads the files again if they have changed. What cannot be used is logged, and the certificate stays as it is.
    pub(super) fn look(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = self.files.stamp();
        if stamp == seen.stamp && seen.problem.is_none() {
            return;
        }
        seen.stamp = stamp;
        match self.files.load(&self.provider) {
            Ok(loaded) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
                seen.problem = None;
                tracing::info!(path = %self.files.certificate.display(), "the certificate was replaced");
            }
            Err(error) => {
                let problem = error.to_string();
                if seen.problem.as_ref() != Some(&problem) {
                    tracing::error!(%error, "cannot replace the certificate: the previous one stays in use");
                }
                seen.problem = Some(problem);
            }
        }
    }

    pub(super) fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificates").field("files", &self.files).finish_non_exhaustive()
    }
}
