//! The same promises on each driver, and how each is opened.

use axum::{Router, extract::Query, routing::get};
use http::Method;
use salon_database::Dialect;
use salon_session::{
    Error, Key, MemoryStore, Random, Session, SessionConfig, Sessions, SessionsError, sqlx::SqlitePool,
};
use serde::Deserialize;

use crate::{browser::Browser, ledger::Ledger};

#[derive(Deserialize)]
struct Add {
    k: u32,
}

async fn visits(session: Session) -> Result<String, Error> {
    Ok(session.increment("visits")?.to_string())
}

/// Reads, waits until another request had its turn, and writes.
async fn add(session: Session, Query(Add { k }): Query<Add>) -> Result<&'static str, Error> {
    let _ = session.all();
    tokio::task::yield_now().await;
    session.put(format!("u{k}"), k)?;
    session.increment("count")?;
    Ok("ok")
}

async fn keys(session: Session) -> Result<String, Error> {
    let keys = (0..50).filter(|k| session.has(format!("u{k}"))).count();
    Ok(format!("u={keys} count={}", session.get_or("count", 0)?))
}

fn app(sessions: &Sessions) -> Router {
    let routes = Router::new().route("/", get(visits)).route("/add", get(add)).route("/keys", get(keys));
    routes.layer(sessions.layer())
}

async fn sessions(folder: &std::path::Path) -> Vec<Sessions> {
    vec![
        Sessions::memory().await.unwrap(),
        Sessions::file(folder.join("sessions")).await.unwrap(),
        Sessions::sqlite(folder.join("100%? sure.sqlite")).create_table().await.unwrap(),
        Sessions::custom(Ledger::default()).await.unwrap(),
        Sessions::custom(MemoryStore::default()).await.unwrap(),
    ]
}

#[tokio::test]
async fn two_visits_count_one_and_two_on_every_driver() {
    let folder = tempfile::tempdir().unwrap();
    for sessions in sessions(folder.path()).await {
        let mut browser = Browser::new(&app(&sessions));
        browser.get("/").await.assert_ok("1");
        browser.get("/").await.assert_ok("2");
        Browser::new(&app(&sessions)).get("/").await.assert_ok("1");
    }
    assert!(folder.path().join("100%? sure.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_writes_leave_fifty_keys_on_every_driver() {
    let folder = tempfile::tempdir().unwrap();
    for sessions in sessions(folder.path()).await {
        let mut browser = Browser::new(&app(&sessions));
        browser.get("/").await.assert_ok("1");
        let writes = (0..50).map(|k| {
            let browser = browser.clone();
            tokio::spawn(async move { browser.fetch(Method::GET, &format!("/add?k={k}"), &[], "".into()).await })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap().assert_ok("ok");
        }
        browser.get("/keys").await.assert_ok("u=50 count=50");
    }
}

#[tokio::test]
async fn a_session_in_a_cookie_counts_and_stays_readable_after_a_rotation_of_the_key() {
    let key = || Key::generate(&Random::system()).unwrap();
    let (old, new) = (key(), key());
    let mut browser = Browser::new(&app(&Sessions::cookie(&old).await.unwrap()));
    browser.get("/").await.assert_ok("1");
    let cookies = browser.cookies.clone();

    let rotated = Sessions::cookie(&new).previous_keys([old]).await.unwrap();
    let mut browser = Browser::new(&app(&rotated));
    browser.cookies.clone_from(&cookies);
    browser.get("/").await.assert_ok("2");

    let mut browser = Browser::new(&app(&Sessions::cookie(&new).await.unwrap()));
    browser.cookies = cookies;
    browser.get("/").await.assert_ok("1");
}

#[tokio::test]
async fn an_encrypted_store_holds_no_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::generate(&Random::system()).unwrap();
    for (is_encrypted, path) in [(false, folder.path().join("plain")), (true, folder.path().join("sealed"))] {
        let builder = Sessions::file(&path);
        let sessions = if is_encrypted { builder.encrypt_with(&key).await } else { builder.await }.unwrap();
        Browser::new(&app(&sessions)).get("/").await.assert_ok("1");
        let shards = std::fs::read_dir(path).unwrap().map(|shard| shard.unwrap().path()).filter(|shard| shard.is_dir());
        let files = shards.flat_map(|shard| std::fs::read_dir(shard).unwrap().map(|file| file.unwrap().path()));
        let shows = files.filter(|file| file.is_file()).any(|file| {
            let bytes = std::fs::read(file).unwrap();
            bytes.windows(6).any(|text| text == b"visits")
        });
        assert_ne!(shows, is_encrypted);
    }
}

#[tokio::test]
async fn a_table_is_created_once_and_a_missing_one_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sqlite");
    let url = format!("sqlite:{}", path.display());
    assert!(matches!(Sessions::sqlite(url.as_str()).await, Err(SessionsError::Open(Error::Open { .. }))));
    for _ in 0..2 {
        let sessions = Sessions::sqlite(path.as_path()).create_table().await.unwrap();
        Browser::new(&app(&sessions)).get("/").await.assert_ok("1");
    }
    let named = Sessions::sqlite(url).configure(|config| config.table = "visitors".to_owned());
    let sessions = named.create_table().await.unwrap();
    assert_eq!(sessions.manager().driver(None).await.unwrap().count().await.unwrap(), 0);
}

#[tokio::test]
async fn sessions_share_the_pool_of_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("app.sqlite").display());
    let pool = SqlitePool::connect(&url).await.unwrap();
    let sessions = Sessions::sqlite(pool.clone()).create_table().await.unwrap();
    let mut browser = Browser::new(&app(&sessions));
    browser.get("/").await.assert_ok("1");
    browser.get("/").await.assert_ok("2");
    let (rows,): (i64,) =
        salon_session::sqlx::query_as("SELECT COUNT(*) FROM sessions").fetch_one(&pool).await.unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn the_documented_tables_are_those_that_are_created() {
    let guide = include_str!("../../docs/axum.md");
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let (up, _) = salon_session::table_migration(dialect, "sessions");
        let statements: String =
            up.lines().filter(|line| !line.starts_with("--")).map(|line| format!("{line}\n")).collect();
        assert!(guide.contains(&statements), "{statements}");
    }
}

#[tokio::test]
async fn a_configuration_is_read_from_its_folder_or_given() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("config")).unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("config/session.toml"), text).unwrap();
    write("driver = \"file\"\nfiles = \"kept\"\ncookie = \"visit\"");
    let sessions = Sessions::from_config(folder.path()).await.unwrap();
    let mut browser = Browser::new(&app(&sessions));
    browser.get("/").await.assert_ok("1");
    assert!(browser.cookies.contains_key("__Host-visit") && folder.path().join("kept").is_dir());

    write("drive = \"file\"");
    let error = Sessions::from_config(folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("config/session.toml") && error.contains("driver"), "{error}");

    let mut config = SessionConfig::default();
    config.driver = "memory".to_owned();
    Browser::new(&app(&Sessions::from_config(config).await.unwrap())).get("/").await.assert_ok("1");
}

#[tokio::test]
async fn what_cannot_work_stops_the_start_with_a_reason() {
    let message = |error: SessionsError| error.to_string();
    let error = Sessions::memory().configure(|config| config.encrypt = true).await.unwrap_err();
    assert!(message(error).contains("encrypt_with"));
    let error = Sessions::memory().lifetime(std::time::Duration::ZERO).build().unwrap_err();
    assert!(message(error).contains("lifetime"));
    let error = Sessions::memory().configure(|config| config.driver = "cloud".to_owned()).await.unwrap_err();
    assert!(message(error).contains("there is no session driver `cloud`"));
    let error = Sessions::file(std::os::unix::ffi::OsStrExt::from_bytes(b"\xff") as &std::ffi::OsStr).build();
    assert!(message(error.unwrap_err()).contains("UTF-8"));
}
