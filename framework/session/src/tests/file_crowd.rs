//! The file driver with many sessions: which files it opens, and what it does while others use the folder.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use salon_core::support::Timestamp;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    codec::{decode, encode},
    contract::{Collected, Digest, Found, Record, Store, Update},
    stores::FileStore,
};

const NOW: Timestamp = Timestamp::from_seconds(1_000);

fn digest(number: usize) -> Digest {
    let hash = ring::digest::digest(&ring::digest::SHA256, &number.to_le_bytes());
    Digest::from_bytes(hash.as_ref().try_into().unwrap())
}

fn place(folder: &Path, digest: &Digest) -> PathBuf {
    let name = digest.to_hex();
    folder.join(&name[..2]).join(&name[2..])
}

fn record(expires_at: u64) -> Record {
    let payload = Bytes::from(vec![7; 300]);
    Record { version: 1, expires_at: Timestamp::from_seconds(expires_at), payload, ..Record::default() }
}

/// A folder with this many sessions, of which every second one has expired.
fn crowd(sessions: usize) -> (TempDir, Vec<Digest>, Vec<Digest>) {
    let folder = TempDir::new().unwrap();
    let digests: Vec<_> = (0..sessions).map(digest).collect();
    for (number, digest) in digests.iter().enumerate() {
        let path = place(folder.path(), digest);
        let _ = fs::create_dir(path.parent().unwrap());
        let expires_at = if number.is_multiple_of(2) { 1_000 } else { 2_000 };
        fs::write(path, encode(digest, &record(expires_at))).unwrap();
    }
    let (over, live) = digests.iter().enumerate().partition::<Vec<_>, _>(|(number, _)| number.is_multiple_of(2));
    let digests = |numbered: Vec<(usize, &Digest)>| numbered.into_iter().map(|(_, digest)| *digest).collect();
    (folder, digests(over), digests(live))
}

fn assert_only(folder: &Path, live: &[Digest]) {
    let shards = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found: HashSet<_> =
        shards.flat_map(|shard| fs::read_dir(shard).unwrap().map(|entry| entry.unwrap().path())).collect();
    assert_eq!(found, live.iter().map(|digest| place(folder, digest)).collect());
}

/// Collects to the end, batch by batch.
async fn collect(store: &FileStore) -> u64 {
    let mut removed = 0;
    loop {
        let collected = store.collect(NOW, 1_000).await.unwrap();
        removed += collected.removed;
        if !collected.more {
            return removed;
        }
    }
}

/// Reports which files below a folder were opened.
#[cfg(target_os = "linux")]
struct Watch(std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Watch {
    fn new(folder: &Path) -> Self {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        for shard in fs::read_dir(folder).unwrap() {
            add_watch(&watch, shard.unwrap().path(), WatchFlags::OPEN).unwrap();
        }
        Self(watch)
    }

    /// How many were opened since the last call.
    fn opened(&self) -> usize {
        use rustix::fs::inotify::{ReadFlags, Reader};
        let mut buffer = Vec::with_capacity(1 << 16);
        let mut reader = Reader::new(&self.0, buffer.spare_capacity_mut());
        let mut opened = 0;
        while let Ok(event) = reader.next() {
            assert!(!event.events().contains(ReadFlags::QUEUE_OVERFLOW));
            // Opening a folder is reported too, without a name.
            opened += usize::from(event.file_name().is_some());
        }
        opened
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn f_18_a_start_opens_no_session_and_a_batch_a_bounded_number_of_them() {
    let (folder, over, live) = crowd(5_000);
    let watch = Watch::new(folder.path());
    let store = FileStore::at(folder.path(), false).unwrap();
    assert_eq!(watch.opened(), 0, "startup opens no session");
    assert!(store.load(&live[0]).await.unwrap().is_some());
    assert_eq!(watch.opened(), 1);

    let (mut removed, mut batches) = (0, 0);
    loop {
        let Collected { removed: now, more } = store.collect(NOW, 1_000).await.unwrap();
        (removed, batches) = (removed + now, batches + 1);
        // Each expired file is opened once more, under the lock.
        let opened = watch.opened();
        assert!(opened <= 1_000 + usize::try_from(now).unwrap(), "{opened} for {now}");
        if !more {
            break;
        }
        assert!(store.load(&live[batches]).await.unwrap().is_some());
        assert_eq!(watch.opened(), 1);
    }
    assert_eq!(removed, over.len() as u64);
    assert!(batches > 5, "{batches}");
    assert_only(folder.path(), &live);
    assert_eq!(store.collect(NOW, 1_000).await.unwrap(), Collected { removed: 0, more: true });
    assert_eq!(watch.opened(), 1_000, "even when there is nothing to remove");
}

#[tokio::test]
async fn f_17_collectors_at_once_remove_each_session_once_and_no_live_one() {
    let (folder, over, live) = crowd(5_000);
    let first = FileStore::at(folder.path(), false).unwrap();
    let second = FileStore::at(folder.path(), false).unwrap();
    let mut work = JoinSet::new();
    // Two in this process, and one in another.
    for store in [first.clone(), first, second] {
        work.spawn(async move { collect(&store).await });
    }
    let removed: u64 = work.join_all().await.iter().sum();
    assert_eq!(removed, over.len() as u64);
    assert_only(folder.path(), &live);
}

#[tokio::test]
async fn f_17_a_collection_that_was_broken_off_is_made_up_for_by_the_next() {
    let (folder, _, live) = crowd(3_000);
    let dying = FileStore::at(folder.path(), false).unwrap();
    let collected = dying.collect(NOW, 500).await.unwrap();
    assert!(collected.more && collected.removed > 100);
    drop(dying);
    let next = FileStore::at(folder.path(), false).unwrap();
    assert_eq!(collect(&next).await, live.len() as u64 - collected.removed);
    assert_only(folder.path(), &live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_17_a_session_that_lives_on_is_not_collected_however_late_that_was_decided() {
    let (folder, over, live) = crowd(2_500);
    let (mine, theirs) = (FileStore::at(folder.path(), false).unwrap(), FileStore::at(folder.path(), false).unwrap());
    let collecting = tokio::spawn(async move { collect(&theirs).await });
    let mut saved = live;
    // From the end, so that both meet in the middle.
    for digest in over.iter().rev() {
        if mine.touch(digest, NOW, Timestamp::from_seconds(3_000)).await.unwrap() {
            saved.push(*digest);
        }
    }
    let removed = collecting.await.unwrap();
    assert_eq!(removed, (over.len() * 2 - saved.len()) as u64);
    assert_only(folder.path(), &saved);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_07_whatever_a_backup_copies_while_sixteen_write_is_a_whole_record() {
    const WRITERS: usize = 16;
    let folder = TempDir::new().unwrap();
    let store = FileStore::at(folder.path(), false).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let mut work = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, done, digest) = (store.clone(), Arc::clone(&done), digest(writer));
        store.create(&digest, record(2_000)).await.unwrap();
        work.spawn(async move {
            let (mut version, mut length) = (1, 0);
            while !done.load(Ordering::Relaxed) {
                // Sometimes longer, sometimes shorter.
                length = (length + 977) % 9_000;
                let payload = Bytes::from(vec![u8::try_from(writer).unwrap(); length]);
                let record = Record { version: version + 1, payload, ..record(2_000) };
                assert_eq!(store.update(&digest, version, record).await.unwrap(), Update::Saved);
                version += 1;
            }
            version
        });
    }
    let mut seen = HashSet::new();
    // Until this many different records were copied: then they were being written meanwhile, however slow the disk is.
    while seen.len() < 20 * WRITERS {
        for writer in 0..WRITERS {
            let digest = digest(writer);
            let copied = fs::read(place(folder.path(), &digest)).unwrap();
            let Found::Live(record) = decode(&digest, &copied.into()) else { panic!("a torn record was copied") };
            assert!(record.payload.iter().all(|byte| record.version == 1 || usize::from(*byte) == writer));
            seen.insert((writer, record.version));
        }
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::Relaxed);
    work.join_all().await;
}
