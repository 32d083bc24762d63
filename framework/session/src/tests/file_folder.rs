//! The folder of the file driver: who must own it, and what happens when it is gone.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    stores::FileStore,
    tests::visitor::{Site, Visitor},
};

/// A user that is neither this one nor root.
const SOMEBODY: u32 = 65_534;

async fn known(site: &std::sync::Arc<Site>) -> Visitor {
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    visitor
}

fn change_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn refusal(path: &Path) -> String {
    FileStore::at(path, false).unwrap_err().to_string()
}

/// No request can be served: whether a session never existed or is only inaccessible is unknown.
async fn assert_unavailable(visitor: &Visitor, why: &str) {
    let error = visitor.try_visit().await.unwrap_err();
    assert!(error.is_unavailable());
    let mut newcomer = visitor.site.visitor();
    let session = newcomer.visit().await;
    session.put("name", "Grace").unwrap();
    assert!(newcomer.leave(&session, crate::visit::commit::Ending::Close).await.unwrap_err().is_unavailable());
    for error in [
        visitor.site.manager.driver(None).await.unwrap().gc().await.unwrap_err(),
        visitor.site.manager.driver(None).await.unwrap().count().await.unwrap_err(),
        error,
    ] {
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(why), "{source}");
    }
}

#[test]
fn sr_41_a_new_folder_that_a_group_may_write_to_is_closed_at_the_start() {
    let folder = TempDir::new().unwrap();
    for group_may in [0o775, 0o777, 0o2770, 0o755, 0o711] {
        let path = folder.path().join(format!("{group_may:o}"));
        fs::create_dir(&path).unwrap();
        // A checkout by a user whose umask is 002 looks like this.
        fs::write(path.join(".gitignore"), "*").unwrap();
        change_mode(&path, group_may);
        FileStore::at(&path, false).unwrap();
        assert_eq!(mode(&path), 0o700);
    }
}

#[tokio::test]
async fn sr_41_a_folder_with_sessions_that_others_could_write_to_is_refused_until_somebody_decides() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    for open in [0o777, 0o770, 0o702] {
        change_mode(&site.files(), open);
        for _ in 0..2 {
            let refusal = refusal(&site.files());
            assert!(refusal.contains(&format!("mode {open:o}")) && refusal.contains("chmod 700"), "{refusal}");
            assert_eq!(mode(&site.files()), open, "the next start refuses it too");
        }
    }
    change_mode(&site.files(), 0o700);
    let site = site.beside(None, |_| {});
    assert!(Visitor { site, ..visitor }.visit().await.has("name"));
}

#[test]
fn sr_41_a_folder_that_holds_anything_else_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("thesis.txt"), "years of work").unwrap();
    fs::create_dir(mine.join("00")).unwrap();
    // The last one is the mode of `/tmp`.
    for open in [0o755, 0o777, 0o1777] {
        change_mode(&mine, open);
        let (before, refusal) = (fs::read_dir(&mine).unwrap().count(), refusal(&mine));
        assert!(refusal.contains(&format!("(mode {open:o})")), "{refusal}");
        assert!(refusal.contains("holds more than sessions") && refusal.contains("set `files` in"), "{refusal}");
        assert_eq!((mode(&mine), fs::read_dir(&mine).unwrap().count()), (open, before));
    }
    change_mode(&mine, 0o700);
    FileStore::at(&mine, false).unwrap();
}

#[tokio::test]
async fn sr_41_a_folder_that_everybody_can_download_from_is_refused_before_it_is_made() {
    let root = Site::new("file");
    let public = root.files().with_file_name("resources").join("public");
    fs::create_dir_all(&public).unwrap();
    symlink(&public, root.files().with_file_name("link")).unwrap();
    let before = mode(&public);
    for files in ["resources/public", "resources/public/deep/sessions", "link/sessions"] {
        let site = root.beside(None, |config| config.files = files.to_owned());
        let error = site.manager.driver(None).await.unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("whose files everybody can download: set `files`"), "{reason}");
    }
    assert_eq!((mode(&public), fs::read_dir(&public).unwrap().count()), (before, 0));
    let beside = root.beside(None, |config| config.files = "resources/publicity".to_owned());
    assert!(beside.manager.driver(None).await.is_ok());
}

#[tokio::test]
async fn sr_41_a_folder_with_sessions_that_others_could_only_read_is_closed_and_used() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    change_mode(&site.files(), 0o755);
    let site = site.beside(None, |_| {});
    assert!(Visitor { site: site.clone(), ..visitor }.visit().await.has("name"));
    assert_eq!(mode(&site.files()), 0o700);
}

#[test]
fn sr_41_another_user_s_folder_stops_the_start() {
    let folder = TempDir::new().unwrap();
    // Only root can change the owner of a folder, and only root could write to it then.
    let given = chown(folder.path(), Some(SOMEBODY), None).is_ok();
    let path = if given { folder.path() } else { Path::new("/usr") };
    let refusal = refusal(path);
    assert!(refusal.contains("`files` in config/session.toml"), "{refusal}");
    assert!(refusal.contains(if given { "belongs to another user (uid 65534)" } else { "is not writable" }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left in it");
}

#[tokio::test]
async fn f_05_a_folder_that_is_gone_is_an_error_until_it_is_back() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let away = site.files().with_file_name("away");
    fs::rename(site.files(), &away).unwrap();
    assert_unavailable(&visitor, "is no longer accessible").await;
    assert!(!site.files().exists(), "nothing is stored elsewhere");
    fs::rename(&away, site.files()).unwrap();
    visitor.request(|session| assert!(session.has("name"))).await;
}

#[tokio::test]
async fn f_05_a_folder_created_again_is_used_without_a_restart_and_the_old_one_no_more() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let slow = visitor.visit().await;
    let away = site.files().with_file_name("away");
    fs::rename(site.files(), &away).unwrap();
    fs::create_dir(site.files()).unwrap();
    slow.put("name", "Grace").unwrap();
    slow.commit(crate::visit::commit::Ending::Close).await.unwrap();
    assert_eq!((slow.take_cookie_change(), site.count().await), (None, 0), "the sessions in it are gone");
    let old = visitor.id.clone();
    visitor.request(|session| assert!(session.all().is_empty())).await;
    visitor.request(|session| session.put("name", "Edith").unwrap()).await;
    assert_ne!(visitor.id, old);
    assert!(site.file(&visitor.digest()).exists() && visitor.visit().await.has("name"));
    assert_eq!((mode(&site.files()), site.count().await), (0o700, 1));
    fs::remove_dir_all(away).unwrap();
    assert!(visitor.visit().await.has("name"));
}

#[tokio::test]
async fn f_05_what_was_put_in_the_folder_s_place_is_checked_as_at_the_start() {
    let site = Site::new("file");
    let visitor = known(&site).await;
    let [away, target] = ["away", "target"].map(|name| site.files().with_file_name(name));
    fs::rename(site.files(), &away).unwrap();
    fs::create_dir(&target).unwrap();

    type Plant = fn(&Path, &PathBuf);
    let plants: [(&str, Plant); 4] = [
        ("is not a folder (links are not followed)", |path, target| symlink(target, path).unwrap()),
        ("is not a folder (links are not followed)", |path, _| fs::write(path, "").unwrap()),
        ("other users could write to the folder", |path, _| {
            fs::create_dir_all(path.join("00")).unwrap();
            change_mode(path, 0o777);
        }),
        ("belongs to another user", |path, _| {
            fs::create_dir(path).unwrap();
            // Without root the owner cannot be changed, and the folder is refused for another reason.
            if chown(path, Some(SOMEBODY), None).is_err() {
                fs::create_dir(path.join("belongs to another user")).unwrap();
                change_mode(path, 0o500);
            }
        }),
    ];
    for (why, plant) in plants {
        eprintln!("planted: {why}");
        plant(&site.files(), &target);
        if mode(&site.files()) == 0o500 {
            continue;
        }
        assert_unavailable(&visitor, why).await;
        let planted = fs::symlink_metadata(site.files()).unwrap();
        if planted.is_dir() { fs::remove_dir_all(site.files()) } else { fs::remove_file(site.files()) }.unwrap();
    }
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
    fs::rename(&away, site.files()).unwrap();
    assert!(visitor.visit().await.has("name"), "the original folder works as before");
}

/// As when a disk is unmounted: the mount point is a different folder.
#[tokio::test]
async fn f_05_a_folder_on_another_disk_is_not_mistaken_for_the_one_that_was_there() {
    let (Ok(other), site) = (TempDir::new_in("/dev/shm"), Site::new("file")) else { return };
    let [place, here, there] = ["place", "here", "there"].map(|name| site.files().with_file_name(name));
    let lead = |to: &Path| {
        let _ = fs::remove_file(&place);
        symlink(to, &place).unwrap();
    };
    fs::create_dir(&here).unwrap();
    fs::create_dir(other.path().join("sessions")).unwrap();
    lead(&here);
    let site = site.beside(None, |config| config.files = "place/sessions".to_owned());
    let visitor = known(&site).await;
    lead(other.path());
    assert_unavailable(&visitor, "is not on the disk it was on at startup").await;
    assert_eq!(fs::read_dir(other.path().join("sessions")).unwrap().count(), 0);
    lead(&there);
    assert_unavailable(&visitor, "is no longer accessible").await;
    lead(&here);
    assert!(visitor.visit().await.has("name"));
}
