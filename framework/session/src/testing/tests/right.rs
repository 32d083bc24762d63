//! Correct drivers pass, through the macro as a driver's author writes it.

use std::sync::Arc;

use tempfile::TempDir;

use crate::{
    stores::{FileStore, MemoryStore},
    testing::{session_driver_suite, tests::wrong_store::Wrapped},
    tests::driver::SixMethods,
};

fn files(folder: &Arc<TempDir>) -> Wrapped<FileStore> {
    Wrapped::new(FileStore::at(folder.path(), false).unwrap(), None, Some(Arc::clone(folder)))
}

fn folder() -> Arc<TempDir> {
    Arc::new(TempDir::new().unwrap())
}

/// A store whose folder has become a file: nothing below it can be read or written.
fn files_that_are_down() -> Wrapped<FileStore> {
    let folder = folder();
    let files = files(&folder);
    std::fs::remove_dir_all(folder.path()).unwrap();
    std::fs::write(folder.path(), "not a folder").unwrap();
    files
}

fn six_methods_that_are_down() -> SixMethods {
    let six = SixMethods::default();
    six.fail_reads(true);
    six.fail_writes(true);
    six
}

session_driver_suite!(memory, || async { MemoryStore::default() });

session_driver_suite!(
    file,
    || async { files(&folder()) },
    shared: || async {
        let folder = folder();
        (files(&folder), files(&folder))
    },
    unreachable: || async { files_that_are_down() },
);

session_driver_suite!(
    six_methods,
    || async { SixMethods::default() },
    shared: || async {
        let six = SixMethods::default();
        (six.clone(), six)
    },
    unreachable: || async { six_methods_that_are_down() },
);
