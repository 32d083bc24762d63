//! The file driver: names, modes, and what it does not touch.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    time::{Duration, SystemTime},
};

use crate::{
    stores::FileStore,
    tests::visitor::{Site, Visitor},
};

async fn known(site: &std::sync::Arc<Site>) -> Visitor {
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    visitor
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Every path below a folder.
fn tree(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            found.extend(tree(&path));
        }
        found.push(path);
    }
    found
}

fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    fs::File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
}

#[tokio::test]
async fn sr_41_folders_and_files_are_this_user_s_alone() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    visitor.request(|session| session.regenerate().unwrap()).await;
    assert_eq!(mode(&site.files()), 0o700);
    let paths = tree(&site.files());
    assert!(paths.len() >= 3);
    for path in paths {
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

#[tokio::test]
async fn sr_41_a_folder_that_was_open_to_others_is_closed_at_the_start() {
    let site = Site::new("file");
    fs::create_dir(site.files()).unwrap();
    fs::set_permissions(site.files(), fs::Permissions::from_mode(0o777)).unwrap();
    known(&site).await;
    assert_eq!(mode(&site.files()), 0o700);
}

#[tokio::test]
async fn sr_41_a_link_or_a_file_in_the_folder_s_place_stops_the_start() {
    let folder = tempfile::TempDir::new().unwrap();
    let (link, file) = (folder.path().join("link"), folder.path().join("file"));
    std::os::unix::fs::symlink(folder.path(), &link).unwrap();
    fs::write(&file, "").unwrap();
    for path in [link, file.clone(), file.join("below")] {
        let error = FileStore::at(&path, false).unwrap_err().to_string();
        assert!(error.contains("`files` in config/session.toml"), "{error}");
    }
}

#[tokio::test]
async fn sr_40_names_are_digests_and_nothing_is_left_beside_them() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    for n in 0..5 {
        visitor.request(|session| session.put("n", n).unwrap()).await;
        site.advance(400);
        visitor.request(|_| {}).await;
    }
    visitor.request(|session| session.login("42").unwrap()).await;
    for id in ["../../escape", "..%2f..%2fescape", "/etc/passwd", "a\0b", &"../".repeat(14)] {
        visitor.twin().id = Some(id.to_owned());
        let stranger = Visitor { site: site.clone(), id: Some(id.to_owned()), cookie: None };
        assert!(stranger.visit().await.all().is_empty());
    }
    let is_hex = |name: &str| name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut files = 0;
    for path in tree(&site.files()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(is_hex(name) && name.len() == if path.is_dir() { 2 } else { 62 }, "{name}");
        files += usize::from(path.is_file());
    }
    assert_eq!(files, 2, "the session, and the forward that the login has closed");
}

#[tokio::test]
async fn a_save_replaces_the_file_whole() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let path = site.file(&visitor.digest());
    let before = fs::metadata(&path).unwrap().ino();
    let mut open = fs::File::open(&path).unwrap();
    visitor.request(|session| session.put("name", "Grace").unwrap()).await;
    assert_ne!(fs::metadata(&path).unwrap().ino(), before);
    let mut old = Vec::new();
    std::io::Read::read_to_end(&mut open, &mut old).unwrap();
    assert!(old.windows(3).any(|window| window == b"Ada"), "a reader that has started reads the old record to its end");
}

#[tokio::test]
async fn f_16_a_file_that_another_process_is_writing_is_left_alone() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let shard = site.file(&visitor.digest()).parent().unwrap().to_owned();
    // Two processes may have the same id: in two containers that share a volume, both can be number 1.
    let theirs: Vec<_> = (0..20).map(|n| shard.join(format!(".unfinished-{}-{n}", std::process::id()))).collect();
    for path in &theirs {
        fs::write(path, "theirs").unwrap();
    }
    visitor.request(|session| session.put("name", "Grace").unwrap()).await;
    for path in &theirs {
        assert_eq!(fs::read(path).unwrap(), b"theirs", "{}", path.display());
    }
    assert_eq!(visitor.visit().await.get::<String>("name").unwrap().as_deref(), Some("Grace"));
}

#[tokio::test]
async fn f_01_unfinished_files_of_the_dead_are_swept_and_fresh_ones_stay() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    let shard = site.file(&visitor.digest()).parent().unwrap().to_owned();
    let [old, fresh, folder] = ["1-1", "1-2", "folder"].map(|name| shard.join(format!(".unfinished-{name}")));
    fs::write(&old, "old").unwrap();
    fs::write(&fresh, "fresh").unwrap();
    age(&old, 2);
    fs::create_dir(&folder).unwrap();
    fs::File::open(&folder).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(site.manager.driver(None).await.unwrap().gc().await.unwrap(), 0);
    assert!(!old.exists() && fresh.exists() && folder.exists());
    assert!(visitor.visit().await.has("name"));
}

#[tokio::test]
async fn sr_42_collection_leaves_what_is_not_ours() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    let path = site.file(&visitor.digest());
    let shard = path.parent().unwrap();
    let outside = site.files().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::copy(&path, outside.join(path.file_name().unwrap())).unwrap();
    let name = |digit: &str| shard.join(digit.repeat(62));
    let foreign = [shard.join(".gitignore"), name("1"), shard.join("a".repeat(61)), site.files().join("notes.txt")];
    for path in &foreign {
        fs::write(path, "not a session").unwrap();
    }
    fs::write(name("2"), "").unwrap();
    std::os::unix::fs::symlink(&path, name("3")).unwrap();
    fs::create_dir(name("4")).unwrap();
    let linked_shard =
        ["00", "11"].map(|name| site.files().join(name)).into_iter().find(|path| !path.exists()).unwrap();
    std::os::unix::fs::symlink(&outside, linked_shard).unwrap();
    let unfinished = outside.join(".unfinished-1-1");
    fs::write(&unfinished, "").unwrap();
    age(&unfinished, 2);

    site.advance(3 * 3600);
    assert_eq!(site.manager.driver(None).await.unwrap().gc().await.unwrap(), 1);
    assert!(!path.exists());
    for path in foreign.iter().chain([&name("2"), &name("4"), &unfinished]) {
        assert!(path.exists(), "{}", path.display());
    }
    assert!(fs::symlink_metadata(name("3")).is_ok());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 2, "a link to a folder is not followed");
}

#[tokio::test]
async fn durable_changes_nothing_but_the_flushing() {
    let site = Site::with("file", |config| config.durable = true);
    let mut visitor = known(&site).await;
    visitor.request(|session| session.increment("n").map(drop).unwrap()).await;
    visitor.request(|session| session.regenerate().unwrap()).await;
    assert!(visitor.visit().await.has(["name", "n"]));
    visitor.request(|session| session.logout().unwrap()).await;
    assert_eq!(site.count().await, 0);
}
