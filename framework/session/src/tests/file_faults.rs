//! The file driver when its folder has been tampered with, torn, or removed.

use std::{fs, path::Path, sync::Arc};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::{
    error::Error,
    tests::visitor::{Site, Visitor},
    visit::Ending,
};

async fn known(site: &Arc<Site>) -> Visitor {
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    visitor
}

#[tokio::test]
async fn sr_42_what_is_planted_in_a_record_s_place_is_never_followed_and_never_waited_for() {
    type Plant = fn(&Path, &Path);
    let plants: [(&str, Plant); 6] = [
        ("link", |path, target| std::os::unix::fs::symlink(target, path).unwrap()),
        ("dangling link", |path, target| std::os::unix::fs::symlink(target.join("x"), path).unwrap()),
        ("link to itself", |path, _| std::os::unix::fs::symlink(path, path).unwrap()),
        ("pipe", |path, _| mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap()),
        ("socket", |path, _| drop(std::os::unix::net::UnixListener::bind_addr(&socket(path)).unwrap())),
        ("folder", |path, _| fs::create_dir(path).unwrap()),
    ];
    for (what, plant) in plants {
        eprintln!("planted: {what}");
        let site = Site::new("file");
        let mut visitor = known(&site).await;
        let path = site.file(&visitor.digest());
        let target = site.files().parent().unwrap().join("target");
        fs::copy(&path, &target).unwrap();
        let before = fs::read(&target).unwrap();
        let mut tab = visitor.twin();
        let slow = tab.visit().await;
        fs::remove_file(&path).unwrap();
        plant(&path, &target);

        let old = visitor.id.clone();
        visitor.request(|session| assert!(session.all().is_empty(), "{what}")).await;
        visitor.request(|session| session.put("name", "Grace").unwrap()).await;
        assert_ne!(visitor.id, old);
        slow.put("name", "Edith").unwrap();
        tab.leave(&slow, Ending::Close).await.unwrap();
        assert_eq!(tab.cookie, None);
        assert_eq!(fs::read(&target).unwrap(), before, "{what}");
        assert_eq!(
            (site.count().await, site.manager.driver(None).await.unwrap().gc().await.unwrap()),
            (1, 0),
            "{what}"
        );
    }
}

/// The address of a socket is limited, and the path of a record is too long: the path through this process's open
/// folder fits.
fn socket(path: &Path) -> std::os::unix::net::SocketAddr {
    let folder = fs::File::open(path.parent().unwrap()).unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&folder);
    let name = path.file_name().unwrap().to_str().unwrap();
    let address = std::os::unix::net::SocketAddr::from_pathname(format!("/proc/self/fd/{number}/{name}")).unwrap();
    std::mem::forget(folder);
    address
}

#[tokio::test]
async fn f_06_a_torn_file_is_a_fresh_session() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let path = site.file(&visitor.digest());
    let whole = fs::read(&path).unwrap();
    for length in [0, 3, 25, 26, 40, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let mut tab = visitor.twin();
        tab.request(|session| assert!(session.all().is_empty(), "{length}")).await;
        tab.request(|session| session.put("name", "Grace").unwrap()).await;
        assert_ne!(tab.id, visitor.id);
    }
    fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
    assert!(visitor.visit().await.all().is_empty());
    fs::write(&path, &whole).unwrap();
    visitor.request(|session| assert!(session.has("name"))).await;
}

#[tokio::test]
async fn f_05_a_folder_that_cannot_be_written_is_an_error_and_keeps_what_it_held() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let path = site.file(&visitor.digest());
    let shard = path.parent().unwrap();
    let away = site.files().join("away");
    fs::rename(shard, &away).unwrap();
    fs::write(shard, "a file where the folder was").unwrap();
    let error = visitor.try_visit().await.unwrap_err();
    assert!(error.is_unavailable(), "an unreadable folder is not an empty session: {error}");
    fs::remove_file(shard).unwrap();
    fs::rename(&away, shard).unwrap();
    let session = visitor.visit().await;
    session.put("name", "Grace").unwrap();
    fs::rename(shard, &away).unwrap();
    fs::write(shard, "a file where the folder was").unwrap();
    let error = visitor.leave(&session, Ending::Close).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }));
    fs::remove_file(shard).unwrap();
    fs::rename(&away, shard).unwrap();
    assert_eq!(visitor.visit().await.get::<String>("name").unwrap().as_deref(), Some("Ada"));
}

#[tokio::test]
async fn f_05_a_folder_that_was_emptied_ends_sessions_and_serves_new_ones() {
    let site = Site::new("file");
    let mut visitor = known(&site).await;
    let slow = visitor.visit().await;
    fs::remove_dir_all(site.file(&visitor.digest()).parent().unwrap()).unwrap();
    slow.put("name", "Grace").unwrap();
    slow.commit(Ending::Close).await.unwrap();
    assert_eq!(slow.take_cookie_change(), None);
    let old = visitor.id.clone();
    visitor.request(|session| session.put("name", "Edith").unwrap()).await;
    assert_ne!(visitor.id, old);
    assert!(visitor.visit().await.has("name"));
}
