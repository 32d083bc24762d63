//! The files of the file driver: what they hold, who may read them, and what happens when another program has written
//! there.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use salon_tests::{AppFolder, Connection, Request, Server, Visitor, forms_of, mode};

fn all_of(visitor: &Visitor) -> Request<bytes::Bytes> {
    let cookie = format!("session={}", visitor.cookie("session").expect("a cookie"));
    Request::get("/all").header("cookie", cookie).body(bytes::Bytes::new()).expect("a request")
}

#[tokio::test]
async fn f_06_every_damage_to_a_record_is_noticed_and_harms_nobody_else() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    let file = folder.session_files().remove(0);
    let eve = server.visitor();
    eve.get("/count").await;
    let whole = fs::read(&file).expect("a record");
    let mut damaged: Vec<Vec<u8>> = (0..whole.len()).map(|length| whole[..length].to_vec()).collect();
    for index in 0..whole.len() {
        for change in [1, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[index] ^= change;
            damaged.push(bytes);
        }
    }
    damaged.push([&whole[..], b"\0"].concat());
    damaged.push(whole.repeat(2));

    let mut connection = Connection::http1(server.address()).await;
    for bytes in &damaged {
        fs::write(&file, bytes).expect("a file");
        let answer = connection.send(all_of(&ada)).await;
        answer.assert_status(200).assert_no_cookie();
        assert_eq!(answer.text(), "{}", "{bytes:?}");
    }
    let late = ada.copy();
    late.get("/count").await.assert_see("1");
    assert_ne!(late.cookie("session"), ada.cookie("session"), "a new session has a new id");
    eve.get("/count").await.assert_see("2");

    fs::write(&file, whole).expect("a file");
    ada.get("/count").await.assert_see("2");
    let ended = server.stop().await;
    let events = ended.assert_success().stderr.matches("a session record cannot be read").count();
    assert_eq!(events, 1, "one event per record, however often it is loaded");
}

#[tokio::test]
async fn sr_07_the_folder_knows_no_id_and_what_it_knows_is_none() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let mut ids = Vec::new();
    for path in ["/count", "/login", "/flash", "/put?key=name"] {
        let visitor = server.visitor();
        for path in [path, "/regenerate", "/count", "/regenerate"] {
            visitor.get(path).await.assert_status(200);
            ids.push(visitor.cookie("session").expect("a cookie"));
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 4 * 3);

    let files = folder.session_files();
    assert_eq!(files.len(), ids.len(), "each session, and the forwards of its old ids");
    let mut stored = Vec::new();
    for file in &files {
        stored.extend(file.to_string_lossy().replace('/', "").into_bytes());
        stored.extend(fs::read(file).expect("a file"));
    }
    for id in &ids {
        for form in forms_of(id) {
            assert!(!stored.windows(form.len()).any(|window| window == form), "the store knows {id}");
        }
    }
    for file in &files {
        let parts = [file.parent().and_then(Path::file_name), file.file_name()];
        let digest: String = parts.iter().flatten().map(|part| part.to_string_lossy()).collect();
        for cookie in [digest.clone(), BASE64_URL_SAFE_NO_PAD.encode(unhex(&digest))] {
            let thief = server.visitor();
            thief.set_cookie("session", &cookie);
            thief.get("/all").await.assert_see("{}").assert_no_cookie();
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

#[tokio::test]
async fn sr_41_files_are_private_whatever_the_umask() {
    for umask in ["000", "027"] {
        let folder = AppFolder::new();
        fs::remove_dir_all(folder.sessions()).expect("a folder");
        // The parent folders belong to the user that runs the app.
        let prepare = format!("mkdir -p storage/framework; umask {umask}");
        let server = Server::prepared_probe(&folder, &["/bin/sh"], &prepare, &[]).await;
        let ada = server.visitor();
        for count in ["1", "2"] {
            ada.get("/count").await.assert_status(200).assert_see(count);
        }
        ada.get("/regenerate").await.assert_status(200);
        let files = folder.session_files();
        assert_eq!(files.len(), 2);
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
            let parents = file.ancestors().skip(1).take_while(|parent| parent.starts_with(folder.sessions()));
            for parent in parents {
                assert_eq!(mode(parent), 0o700, "{}", parent.display());
            }
        }
    }
}

#[tokio::test]
async fn sr_41_a_link_in_the_folder_s_place_stops_the_start_and_an_open_folder_is_closed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = AppFolder::new();
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(folder.sessions(), &elsewhere).expect("a folder");
    symlink(&elsewhere, folder.sessions()).expect("a link");
    Server::refusal(&folder, &[]).await.assert_refused(&["storage/framework/sessions", "links are not followed"]);

    fs::remove_file(folder.sessions()).expect("a link");
    fs::create_dir(folder.sessions()).expect("a folder");
    fs::set_permissions(folder.sessions(), fs::Permissions::from_mode(0o777)).expect("a mode");
    let _server = Server::probe(&folder, &[]).await;
    assert_eq!(mode(&folder.sessions()), 0o700);
}

#[tokio::test]
async fn sr_42_what_is_planted_in_a_record_s_place_is_neither_followed_nor_waited_for() {
    type Plant = fn(&Path, &Path);
    let plants: [(&str, Plant); 4] = [
        ("link", |path, target| symlink(target, path).expect("a link")),
        ("pipe", |path, _| assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success())),
        ("folder", |path, _| fs::create_dir(path).expect("a folder")),
        ("link to itself", |path, _| symlink(path, path).expect("a link")),
    ];
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    for (what, plant) in plants {
        let known = folder.session_files();
        let ada = server.visitor();
        ada.get("/count").await;
        let file = folder.session_files().into_iter().find(|file| !known.contains(file)).expect("a new file");
        let target = folder.path().join("target");
        fs::rename(&file, &target).expect("a file");
        let before = fs::read(&target).expect("a file");
        plant(&file, &target);

        ada.get("/all").await.assert_status(200).assert_see("{}");
        let late = ada.copy();
        late.get("/count").await.assert_status(200).assert_see("1");
        assert_ne!(late.cookie("session"), ada.cookie("session"), "{what}");
        assert_eq!(fs::read(&target).expect("a file"), before, "{what}");
        if file.is_dir() && !file.is_symlink() { fs::remove_dir(&file) } else { fs::remove_file(&file) }
            .expect("what was planted is still there");
    }
}
