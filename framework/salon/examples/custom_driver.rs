//! A session driver of your own, in six methods: `cargo run -p salon --example custom_driver`.
//!
//! ```sh
//! curl --cookie-jar jar --cookie jar http://127.0.0.1:3000
//! ```

use std::{
    collections::HashMap,
    process::ExitCode,
    time::{Duration, Instant},
};

use salon::{
    Application, Result, ServiceProvider, facades,
    http::MiddlewareList,
    middleware::StartSession,
    routing::MiddlewareGroups,
    session::{Digest, Driver, Session, StoreResult},
};
use tokio::sync::Mutex;

/// Bytes by digest, and when they were written.
#[derive(Default)]
struct Ledger(Mutex<HashMap<Digest, (Vec<u8>, Instant)>>);

impl Driver for Ledger {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.0.lock().await.get(digest).map(|(bytes, _)| bytes.clone()))
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
        self.0.lock().await.insert(*digest, (bytes.to_vec(), Instant::now()));
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.0.lock().await.remove(digest);
        Ok(())
    }

    async fn gc(&self, older_than: Duration) -> StoreResult<u64> {
        Ok(self.0.lock().await.extract_if(|_, (_, written_at)| written_at.elapsed() > older_than).count() as u64)
    }
}

struct LedgerProvider;

impl ServiceProvider for LedgerProvider {
    async fn boot(&self, _app: &Application) -> Result<()> {
        facades::Session::extend("ledger", |_config| async { Ok(Ledger::default()) })
    }
}

struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession))
    }
}

async fn home(session: Session) -> Result<String> {
    Ok(format!("Visit number {}, kept by the driver `{}`.\n", session.increment("visits")?, session.driver_name()))
}

fn main() -> ExitCode {
    let app = Application::configure().root("no-files").configuration(|config| config.set("session.driver", "ledger"));
    let app = app.kernel(Kernel).provider(LedgerProvider);
    salon::main(app.routes("web", |route| {
        route.get("/", home);
    }))
}
