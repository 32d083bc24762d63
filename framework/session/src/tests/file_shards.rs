//! The file driver when something foreign is in place of a shard's folder, or among the records.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown, symlink},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use salon_core::support::Timestamp;

use crate::{
    contract::{Digest, Forward, Record, Store, Update},
    stores::FileStore,
    tests::visitor::{Site, Visitor},
    visit::Ending,
};

/// A user that is neither this one nor root.
const SOMEBODY: u32 = 65_534;

async fn known(site: &Arc<Site>) -> Visitor {
    let mut visitor = site.visitor();
    visitor.request(|session| session.login("ada").unwrap()).await;
    visitor
}

/// The contents of a folder: names and bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut contents: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    contents.sort();
    contents
}

/// No operation on a digest's session finds it, or changes anything in the folder that it was in.
async fn assert_absent(site: &Arc<Site>, visitor: &Visitor, folder: &Path) {
    let (before, digest) = (contents(folder), visitor.digest());
    let store = FileStore::at(&site.files(), false).unwrap();
    let (record, moment) = (Record::default(), Timestamp::from_seconds(1));
    assert_eq!(store.load(&digest).await.unwrap(), None);
    assert_eq!(store.update(&digest, 1, record.clone()).await.unwrap(), Update::Gone);
    assert!(!store.touch(&digest, moment, moment).await.unwrap());
    let new = Digest::from_bytes([7; 32]);
    let forward = Forward { successor: new, veiled_id: None, until: moment, expires_at: moment };
    assert_eq!(store.rotate(&digest, 1, &new, record, forward).await.unwrap(), Update::Gone);
    assert_eq!(store.destroy(&digest).await.unwrap(), None);
    assert!(store.user_sessions("ada").await.unwrap().is_empty());
    assert_eq!(store.end_user_sessions("ada", None).await.unwrap(), 0);
    assert_eq!(store.count(Timestamp::default()).await.unwrap(), 0);
    assert_eq!(store.collect(Timestamp::from_seconds(1 << 40), 1_000).await.unwrap().removed, 0);
    assert!(visitor.visit().await.user().is_none());
    assert_eq!(contents(folder), before);
}

/// A session that would be stored in the same folder is refused, with the reason.
async fn assert_nothing_is_made_beside(site: &Site, visitor: &Visitor) {
    let mut neighbour = *visitor.digest().as_bytes();
    neighbour[31] ^= 1;
    let store = FileStore::at(&site.files(), false).unwrap();
    let error = store.create(&Digest::from_bytes(neighbour), Record::default()).await.unwrap_err();
    assert!(error.to_string().contains("is a link, or belongs to another user: move it away"), "{error}");
}

#[tokio::test]
async fn sr_42_a_link_in_the_place_of_a_folder_of_records_is_followed_by_nothing() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let slow = visitor.visit().await;
    let shard = site.file(&visitor.digest()).parent().unwrap().to_owned();
    let outside = site.files().with_file_name("outside");
    fs::rename(&shard, &outside).unwrap();
    symlink(&outside, &shard).unwrap();
    // What a process that died would have left behind, if the folder were ours.
    let leftover = outside.join(".unfinished-1-1");
    fs::write(&leftover, "").unwrap();
    fs::File::open(&leftover).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();

    assert_absent(&site, &visitor, &outside).await;
    assert_nothing_is_made_beside(&site, &visitor).await;
    slow.put("name", "Ada").unwrap();
    visitor.leave(&slow, Ending::Close).await.unwrap();
    assert_eq!(contents(&outside).len(), 2);

    fs::remove_file(&shard).unwrap();
    fs::rename(&outside, &shard).unwrap();
    assert!(visitor.visit().await.user().is_some());
}

#[tokio::test]
async fn sr_42_what_another_user_owns_is_no_record_of_ours() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    let file = site.file(&visitor.digest());
    let shard = file.parent().unwrap();
    // Only root can change owners, and without root no readable file of another user can be created.
    for given in [&file, shard] {
        if chown(given, Some(SOMEBODY), None).is_ok() {
            assert_absent(&site, &visitor, shard).await;
        }
    }
    if fs::metadata(shard).unwrap().uid() == SOMEBODY {
        assert_nothing_is_made_beside(&site, &visitor).await;
    }
    for given in [&file, shard] {
        let _ = chown(given, Some(fs::metadata(site.files()).unwrap().uid()), None);
    }
    assert!(visitor.visit().await.user().is_some());
}

#[tokio::test]
async fn a_folder_of_records_that_cannot_be_looked_into_is_not_passed_over_in_silence() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    let shard = site.file(&visitor.digest()).parent().unwrap().to_owned();
    let (other, away) = (known(&site).await, site.files().with_file_name("away"));
    fs::rename(&shard, &away).unwrap();
    fs::write(&shard, "a file where the folder was").unwrap();
    assert!(site.manager.default_driver().await.unwrap().user_sessions("ada").await.unwrap_err().is_unavailable());
    assert!(
        site.manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap_err().is_unavailable()
    );
    assert!(site.manager.driver(None).await.unwrap().count().await.unwrap_err().is_unavailable());
    site.advance(3 * 3600);
    assert!(site.manager.driver(None).await.unwrap().gc().await.unwrap_err().is_unavailable());
    if !site.file(&other.digest()).starts_with(&shard) {
        assert!(!site.file(&other.digest()).exists(), "and does not stop the collector for the others");
    }
}

#[tokio::test]
async fn f_06_what_a_power_cut_has_torn_is_removed_after_a_day() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    let whole = fs::read(site.file(&visitor.digest())).unwrap();
    let other_version = [&whole[..4], &[1], &whole[5..40]].concat();
    let file = |digit: u8| site.file(&Digest::from_bytes([digit; 32]));
    let torn: [&[u8]; 5] = [b"", &whole[..3], &whole[..30], &whole[..57], &[0; 500]];
    let foreign: [&[u8]; 3] = [b"a note", b"SAL and the rest", &other_version];
    let write = |digit: usize, bytes: &[u8]| {
        let path = file(u8::try_from(digit).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    };
    let age = |path: &PathBuf, hours: u64| {
        let then = SystemTime::now() - Duration::from_secs(hours * 3600);
        fs::File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
    };
    let torn: Vec<_> = torn.iter().enumerate().map(|(index, bytes)| write(index, bytes)).collect();
    let foreign: Vec<_> = foreign.iter().enumerate().map(|(index, bytes)| write(100 + index, bytes)).collect();
    for path in torn.iter().chain(&foreign) {
        age(path, 23);
    }
    assert_eq!(site.manager.driver(None).await.unwrap().gc().await.unwrap(), 0);
    for path in torn.iter().chain(&foreign) {
        age(path, 25);
    }
    assert_eq!(site.manager.driver(None).await.unwrap().gc().await.unwrap(), torn.len() as u64);
    assert!(foreign.iter().all(|path| path.exists()), "foreign and unknown files are kept");
    assert!(visitor.visit().await.user().is_some());
}

#[tokio::test]
async fn f_06_a_file_that_is_torn_behind_its_head_is_removed_when_its_session_would_have_expired() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    let path = site.file(&visitor.digest());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let removed = async || site.manager.driver(None).await.unwrap().gc().await.unwrap();
    assert!(visitor.visit().await.user().is_none());
    site.advance(2 * 3600 + 59);
    assert_eq!(removed().await, 0);
    site.advance(1);
    assert_eq!((removed().await, path.exists()), (1, false));
}
