//! Where a race is run: one store, one visitor with a session, two processes of an app.

use std::{path::PathBuf, sync::Arc};

use salon_core::support::{Clock, Random, Timestamp};
use salon_database::{DatabaseConfig, DatabaseManager};
use serde_json::{Map, Value};

use crate::{
    config::SessionConfig,
    contract::{Digest, Found, Id, Store},
    data::value,
    manager::{Secrets, SessionManager},
    stores::MemoryStore,
    tests::races::gate::{Gate, Gates},
    visit::{Ending, Session, SessionDriver, load},
};

/// How long a session lives without a request, in seconds.
pub(super) const LIFETIME: u64 = 7_200;

pub(super) struct Ground {
    pub(super) gates: Arc<Gates>,
    pub(super) clock: Clock,
    /// The id that the visitor has at first.
    pub(super) first: Id,
    store: Arc<MemoryStore>,
    managers: Vec<SessionManager>,
}

/// Not an actor of the race: it prepares the race, and looks at what is left.
const OBSERVER: usize = usize::MAX;

impl Ground {
    /// A visitor's session with a coupon in it, and this user if any.
    pub(super) async fn new(processes: usize, user: Option<&'static str>) -> Arc<Self> {
        let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
        // Consecutive ids, so that a repeated schedule runs the same way.
        let random = Random::sequence();
        let managers = (0..processes).map(|_| {
            let config = SessionConfig { driver: "memory".to_owned(), lock_wait: 1, ..SessionConfig::default() };
            let settings = config.settings("http://127.0.0.1:3000").unwrap();
            let databases = Arc::new(DatabaseManager::new(PathBuf::new(), DatabaseConfig::default()));
            SessionManager::new(databases, config, settings, Secrets::default(), clock.clone(), random.clone())
        });
        let managers = managers.collect();
        let first = Id::generate(&random).unwrap();
        let mut ground = Self { gates: Arc::default(), clock: clock.clone(), first, store: Arc::default(), managers };
        let session = ground.managers[0].build_session(ground.driver(OBSERVER), None);
        session.start().await.unwrap();
        session.put("coupon", true).unwrap();
        if let Some(user) = user {
            session.login(user).unwrap();
        }
        session.commit(Ending::Close).await.unwrap();
        ground.first = session.id().unwrap();
        Arc::new(ground)
    }

    pub(super) fn driver(&self, actor: usize) -> SessionDriver {
        let (gates, store) = (Arc::clone(&self.gates), Arc::clone(&self.store));
        let core = Arc::clone(self.managers[actor % self.managers.len()].core());
        SessionDriver::new("memory", Arc::new(Gate { actor, gates, store }), core)
    }

    /// A request of the visitor, as one of the actors makes it.
    pub(super) fn session(&self, actor: usize) -> Session {
        let manager = &self.managers[actor % self.managers.len()];
        manager.build_session(self.driver(actor), Some(&self.first.expose()))
    }

    /// What a visitor with this id finds.
    pub(super) async fn visit(&self, id: &Id) -> Session {
        let session = self.managers[0].build_session(self.driver(OBSERVER), Some(&id.expose()));
        session.start().await.unwrap();
        session
    }

    /// What the session of this name holds.
    pub(super) async fn data(&self, name: &Digest) -> Map<String, Value> {
        let found = Store::load(&*self.store, name).await.unwrap();
        let Some(Found::Live(record)) = found else { panic!("{name:?} is not alive but {found:?}") };
        let session = self.managers[0].build_session(self.driver(OBSERVER), None);
        let content = load::read_content(&session.0.driver, name, &record).unwrap();
        content.data.live(&self.clock).map(|entry| (entry.key.to_owned(), value(entry.json))).collect()
    }
}
