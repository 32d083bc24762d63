//! What keeps an app from starting: one sentence that says what to do, and exit code 1.

use std::{fs, net::TcpListener};

use base64::{Engine, prelude::BASE64_STANDARD};
use salon_tests::{AppFolder, Binary, Process, Server};

#[tokio::test]
async fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("the listener has an address").port().to_string();
    let refusal = Server::refusal(&AppFolder::new(), &[("APP_PORT", &port)]).await;
    refusal.assert_refused(&[&port, "in use", "APP_PORT"]);
}

#[tokio::test]
async fn an_address_of_another_machine() {
    let refusal = Server::refusal(&AppFolder::new(), &[("APP_HOST", "192.0.2.1")]).await;
    refusal.assert_refused(&["192.0.2.1", "APP_HOST"]);
}

#[tokio::test]
async fn a_configuration_file_that_is_no_toml() {
    let folder = AppFolder::new();
    folder.write("config/session.toml", "driver = \"file\nlifetime = 1\n");
    Server::refusal(&folder, &[]).await.assert_refused(&["config/session.toml", "line 1"]);
}

#[tokio::test]
async fn an_unknown_key() {
    let folder = AppFolder::new();
    folder.replace("config/session.toml", "lifetime = 120\n", "lifetme = 120\n");
    Server::refusal(&folder, &[]).await.assert_refused(&["config/session.toml", "`lifetme`", "`lifetime`"]);
}

#[tokio::test]
async fn a_value_of_another_type() {
    let folder = AppFolder::new();
    folder.replace("config/session.toml", "lifetime = 120\n", "lifetime = \"long\"\n");
    Server::refusal(&folder, &[]).await.assert_refused(&["config/session.toml", "lifetime"]);
}

#[tokio::test]
async fn an_impossible_value() {
    let folder = AppFolder::new();
    folder.replace("config/session.toml", "\nabsolute_lifetime = 0\n", "\nabsolute_lifetime = 60\n");
    let refusal = Server::refusal(&folder, &[]).await;
    refusal.assert_refused(&["config/session.toml", "absolute_lifetime", "shorter than `lifetime`"]);
}

#[tokio::test]
async fn an_impossible_value_in_the_environment() {
    let refusal = Server::refusal(&AppFolder::new(), &[("SESSION_LIFETIME", "soon")]).await;
    refusal.assert_refused(&["SESSION_LIFETIME", "soon"]);
}

#[tokio::test]
async fn a_misspelt_name_in_the_env_file() {
    let folder = AppFolder::new();
    folder.write(".env", "SESSION_LIFETME=5\n");
    Server::refusal(&folder, &[]).await.assert_refused(&[".env", "SESSION_LIFETME", "SESSION_LIFETIME"]);
}

#[tokio::test]
async fn an_unknown_driver() {
    let refusal = Server::refusal(&AppFolder::new(), &[("SESSION_DRIVER", "fil")]).await;
    refusal.assert_refused(&["`fil`", "file", "memory"]);
}

#[tokio::test]
async fn a_key_that_is_none() {
    let refusal = Server::refusal(&AppFolder::new(), &[("APP_KEY", "secret")]).await;
    refusal.assert_refused(&["APP_KEY", "key:generate"]);
    assert!(!refusal.stderr.contains("secret"), "{refusal:?}");
}

#[tokio::test]
async fn a_storage_that_cannot_be_written() {
    let folder = AppFolder::new();
    fs::remove_dir_all(folder.path().join("storage")).expect("a folder");
    // Not a matter of permissions, because the tests may run as root.
    folder.write("storage", "in the way");
    Server::refusal(&folder, &[]).await.assert_refused(&["storage/framework/sessions"]);
}

#[tokio::test]
async fn a_template_with_a_mistake() {
    let folder = AppFolder::new();
    folder.write("resources/views/home.html", "<h1>Hello</h1>\n{{ nothing() }}\n");
    Server::refusal(&folder, &[]).await.assert_refused(&["`nothing`", "resources/views/home.html, line 2"]);
}

#[tokio::test]
async fn a_folder_without_an_app() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = std::process::Command::new(Binary::App.path());
    let refusal = Process::start(command.current_dir(folder.path()).env_clear()).end().await;
    refusal.assert_refused(&["there is no app", "config/app.toml"]);
}

#[tokio::test]
async fn sr_49_an_app_in_production_does_not_start_with_a_key_that_can_be_guessed() {
    let key = |bytes: &[u8]| format!("base64:{}", BASE64_STANDARD.encode(bytes));
    let counting: Vec<u8> = (0..32).collect();
    let keys = [
        ("empty", String::new()),
        ("empty but for its prefix", "base64:".to_owned()),
        ("default", "SomeRandomString".to_owned()),
        ("example", "base64:your-app-key".to_owned()),
        ("a word", "secret".to_owned()),
        ("short", key(&counting[..16])),
        ("long", key(&[&counting[..], &[9]].concat())),
        ("without its prefix", BASE64_STANDARD.encode([251; 32])),
        ("all zero", key(&[0; 32])),
        ("all ones", key(&[255; 32])),
        ("one byte over and over", key(&[7; 32])),
        ("four bytes over and over", key(&[1, 2, 3, 4].repeat(8))),
        ("counting up", key(&counting)),
        ("text", key(b"a text that has thirty-two bytes")),
    ];
    let folder = AppFolder::new();
    for (what, key) in &keys {
        let environment = [("APP_ENV", "production"), ("SESSION_ENCRYPT", "true"), ("APP_KEY", key.as_str())];
        let refusal = Server::refusal(&folder, &environment).await;
        refusal.assert_refused(&["APP_KEY", "key:generate"]);
        let shown = key.strip_prefix("base64:").unwrap_or(key);
        assert!(shown.is_empty() || !refusal.stderr.contains(shown), "{what}: {refusal:?}");
    }
    // Nor as a previous key, nor from the file.
    let good = key(b"\xf5 key of the tests, thirty-two b");
    for (what, weak) in &keys[1..] {
        let environment = [("APP_ENV", "production"), ("APP_KEY", good.as_str()), ("APP_PREVIOUS_KEYS", weak)];
        let refusal = Server::refusal(&folder, &environment).await;
        refusal.assert_refused(&["APP_PREVIOUS_KEYS"]);
        assert!(!refusal.stderr.contains(&good), "{what}");
    }
    folder.write(".env", &format!("APP_ENV=production\nAPP_KEY={}\n", keys[8].1));
    Server::refusal(&folder, &[]).await.assert_refused(&["APP_KEY", "key:generate"]);
}
