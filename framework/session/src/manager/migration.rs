//! Copying sessions from one driver to another, for a switch that logs nobody out.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use salon_core::support::Timestamp;

use crate::{
    contract::{Creation, Digest, Found, Record},
    error::{Error, Result},
    visit::{Core, SessionDriver},
};

/// How many sessions a page should have.
const PAGE: usize = 500;
/// How many sessions are copied at a time.
const CONCURRENCY: usize = 16;
/// A record that was read longer ago is read again, because the session may have ended since.
const REREAD_AFTER: Duration = Duration::from_secs(60);

/// The progress of a migration, as `session:migrate` reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Sessions that were copied.
    pub copied: u64,
    /// Sessions that the target already had. They are left as they are.
    pub present: u64,
    /// Sessions that have expired, or have ended since they were read.
    pub expired: u64,
    /// Records that cannot be read.
    pub unreadable: u64,
}

impl Migrated {
    /// Returns how many sessions were examined.
    pub const fn total(&self) -> u64 {
        self.copied + self.present + self.expired + self.unreadable
    }
}

/// Copies the live sessions, and reports the progress after each page.
///
/// Forwards are not copied: they are open for half a minute only.
pub(crate) async fn migrate(
    core: &Core,
    source: &SessionDriver,
    target: &SessionDriver,
    mut tell: impl FnMut(&Migrated),
) -> Result<Migrated> {
    let (mut migrated, mut from) = (Migrated::default(), None);
    loop {
        // Taken before the page is requested, because a slow page is old when it arrives.
        let read_at = core.clock.now();
        let page = source.store().scan(from.as_deref(), PAGE).await.map_err(source.failed("list sessions"))?;
        let mut found = page.found.into_iter();
        loop {
            let some: Vec<_> = found.by_ref().take(PAGE).collect();
            if some.is_empty() {
                break;
            }
            let alive = some.into_iter().filter_map(|(digest, found)| migrated.sort(core, digest, found));
            let copies = stream::iter(alive.collect::<Vec<_>>());
            let copies = copies.map(|(digest, record)| copy(core, source, target, digest, record, read_at));
            let created: Vec<Creation> = copies.buffer_unordered(CONCURRENCY).try_collect().await?;
            for creation in created {
                match creation {
                    Creation::Created => migrated.copied += 1,
                    Creation::Taken => migrated.present += 1,
                    Creation::Discarded => migrated.expired += 1,
                }
            }
            tell(&migrated);
        }
        from = page.next;
        if from.is_none() {
            return Ok(migrated);
        }
    }
}

async fn copy(
    core: &Core,
    source: &SessionDriver,
    target: &SessionDriver,
    digest: Digest,
    record: Record,
    read_at: Timestamp,
) -> Result<Creation> {
    let mut record = record;
    if core.clock.now().since(read_at) > REREAD_AFTER {
        match source.store().load(&digest).await.map_err(source.failed("load"))? {
            Some(Found::Live(fresh)) => record = fresh,
            _ => return Ok(Creation::Discarded),
        }
    }
    target.store().create(&digest, record).await.map_err(target.failed("create a session"))
}

impl Migrated {
    /// Returns what was found if it must be copied, and counts it otherwise.
    fn sort(&mut self, core: &Core, digest: Digest, found: Found) -> Option<(Digest, Record)> {
        match found {
            Found::Live(record) if !core.lifetime(record.user.as_deref()).is_expired(&record, core.clock.now()) => {
                return Some((digest, record));
            }
            Found::Live(_) => self.expired += 1,
            Found::Corrupt(_) => self.unreadable += 1,
            Found::Moved(_) => {}
        }
        None
    }
}

/// Why sessions cannot be copied between two drivers.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// Both drivers are the same.
    #[error(
        "cannot copy sessions from a driver to itself, and both are `{0}`: name the current driver with --from, and the new one with --to"
    )]
    Same(
        /// The driver's name.
        String,
    ),
    /// There is no driver of that name.
    #[error(
        "there is no session driver `{name}`; there are: {known}. A driver of your own is registered in a provider's `boot` with `facades::Session::extend`"
    )]
    Unknown {
        /// The requested name.
        name: String,
        /// The registered names.
        known: String,
    },
    /// The driver keeps nothing that another process could read or write.
    #[error("{}", impossible(.0))]
    Impossible(
        /// The driver's name.
        &'static str,
    ),
    /// A driver failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Drivers that keep nothing which another process could read or write.
const IMPOSSIBLE: [&str; 4] = ["memory", "array", "null", "cookie"];

fn impossible(name: &str) -> String {
    let why = match name {
        "null" => "keeps no sessions",
        "cookie" => "keeps sessions in the browsers, which this command cannot reach",
        _ => "keeps sessions in the memory of one process, which this command cannot reach",
    };
    format!("the driver `{name}` {why}: choose another one")
}

/// Returns an error if no sessions can be copied between drivers of these names.
pub(crate) fn check(from: &str, to: &str, known: &[String]) -> std::result::Result<(), MigrationError> {
    if from == to {
        return Err(MigrationError::Same(from.to_owned()));
    }
    for name in [from, to] {
        if let Some(name) = IMPOSSIBLE.into_iter().find(|impossible| *impossible == name) {
            return Err(MigrationError::Impossible(name));
        }
        if !known.iter().any(|known| known == name) {
            return Err(MigrationError::Unknown { name: name.to_owned(), known: known.join(", ") });
        }
    }
    Ok(())
}
