//! Two stores as one behave as a store: the complete suite, once with only new sessions, and once with all of them in
//! the fallback.

use std::{sync::Arc, time::Duration};

use salon_core::support::{Clock, Random};
use tempfile::TempDir;

use crate::{
    error::Result,
    manager::{IntoStore, IsStore},
    stores::{DriverContext, DriverStore, FallbackStore, FileStore, MemoryStore},
    testing::session_driver_suite,
    tests::{driver::SixMethods, fallback::aged::Aged},
    visit::{DynStore, SessionDriver},
};

/// One of the two stores.
#[derive(Clone)]
enum Part {
    Memory(Arc<MemoryStore>),
    Files(Arc<TempDir>),
    SixMethods(SixMethods),
    /// A file store whose folder has become a file.
    Down(Arc<TempDir>),
}

fn memory() -> Part {
    Part::Memory(Arc::default())
}

fn files() -> Part {
    Part::Files(Arc::new(TempDir::new().unwrap()))
}

fn down() -> Part {
    Part::Down(Arc::new(TempDir::new().unwrap()))
}

fn six_methods() -> Part {
    Part::SixMethods(SixMethods::default())
}

impl Part {
    fn open(&self, clock: &Clock) -> Arc<dyn DynStore> {
        let open = |folder: &TempDir| FileStore::at(folder.path(), false).unwrap();
        match self {
            Self::Memory(store) => Arc::<MemoryStore>::clone(store),
            Self::Files(folder) => Arc::new(open(folder)),
            Self::SixMethods(six) => {
                Arc::new(DriverStore::new(six.clone(), clock.clone(), Duration::from_secs(24 * 3600)))
            }
            Self::Down(folder) => {
                let files = open(folder);
                std::fs::remove_dir_all(folder.path()).unwrap();
                std::fs::write(folder.path(), "no folder").unwrap();
                Arc::new(files)
            }
        }
    }
}

/// A primary with a fallback.
struct Layers {
    primary: Part,
    fallback: Part,
    /// True if every session dates from before the switch.
    is_aged: bool,
}

fn new(primary: Part, fallback: Part) -> Layers {
    Layers { primary, fallback, is_aged: false }
}

fn aged(primary: Part, fallback: Part) -> Layers {
    Layers { primary, fallback, is_aged: true }
}

impl IntoStore<IsStore> for Layers {
    async fn open(self, context: &DriverContext) -> Result<SessionDriver> {
        let clock = &context.clock;
        let (primary, fallback) = (self.primary.open(clock), self.fallback.open(clock));
        let (first, second) = (Arc::clone(&primary), Arc::clone(&fallback));
        let store = FallbackStore::new(first, second, clock.clone(), Random::system());
        let (is_aged, kept) = (self.is_aged, (self.primary, self.fallback));
        let store = Arc::new(Aged { is_aged, kept, store, primary, fallback });
        Ok(SessionDriver::new(&context.name, store, Arc::clone(&context.core)))
    }
}

session_driver_suite!(
    memory_over_files,
    || async { new(memory(), files()) },
    shared: || async {
        let (memory, files) = (memory(), files());
        (new(memory.clone(), files.clone()), new(memory, files))
    },
    unreachable: || async { new(down(), memory()) },
);

session_driver_suite!(
    memory_over_files_from_before,
    || async { aged(memory(), files()) },
    shared: || async {
        let (memory, files) = (memory(), files());
        (aged(memory.clone(), files.clone()), aged(memory, files))
    },
);

session_driver_suite!(
    files_over_memory_from_before,
    || async { aged(files(), memory()) },
    shared: || async {
        let (files, memory) = (files(), memory());
        (aged(files.clone(), memory.clone()), aged(files, memory))
    },
);

session_driver_suite!(memory_over_six_methods_from_before, || async { aged(memory(), six_methods()) });

session_driver_suite!(six_methods_over_memory_from_before, || async { aged(six_methods(), memory()) });
