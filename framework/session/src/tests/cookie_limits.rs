//! What a session in a cookie cannot do, and the errors for it.

use std::{error::Error as _, sync::Arc};

use salon_core::support::{Clock, Random};
use salon_database::{DatabaseConfig, DatabaseManager};

use crate::{
    config::{Concurrency, SessionConfig, concurrency},
    error::Error,
    manager::{Secrets, SessionManager},
    tests::visitor::{Site, Visitor},
    visit::{Client, Ending},
};

const LIMIT: usize = 4096;

/// A value of this many bytes.
fn of(bytes: usize) -> String {
    "x".repeat(bytes)
}

async fn keep(visitor: &mut Visitor, bytes: usize) -> Result<(), Error> {
    let session = visitor.visit().await;
    session.put("large", of(bytes)).unwrap();
    visitor.leave(&session, Ending::CloseAndAge).await
}

#[tokio::test]
async fn a_session_fills_a_cookie_to_the_last_bytes_and_one_more_is_an_error_that_names_the_largest_keys() {
    let mut visitor = Site::new("cookie").visitor();
    let mut fits = 2_000;
    while keep(&mut visitor, fits + 1).await.is_ok() {
        fits += 1;
    }
    keep(&mut visitor, fits).await.unwrap();
    let taken = "session".len() + visitor.id.as_ref().unwrap().len();
    assert!((LIMIT - 1..=LIMIT).contains(&taken), "{taken}");
    let before = visitor.id.clone();

    let session = visitor.visit().await;
    session.put_many([("middle", of(30)), ("small", of(1)), ("tiny", String::new())]).unwrap();
    let error = visitor.leave(&session, Ending::CloseAndAge).await.unwrap_err();
    assert!(matches!(error, Error::CookieTooLarge { limit: LIMIT, bytes, .. } if bytes > LIMIT), "{error}");
    let text = error.to_string();
    let largest = format!("`large` ({} bytes), `middle` (32 bytes), `small` (3 bytes). Keep less", fits + 2);
    assert!(
        text.starts_with("a cookie holds 4096 bytes, and this session needs 4") && text.contains(&largest),
        "{text}"
    );
    assert!(text.contains("choose another driver"), "{text}");
    assert!(!error.is_unavailable(), "lookup again does not help");
    assert_eq!((&visitor.cookie, &visitor.id), (&None, &before));
    assert!(visitor.visit().await.missing("tiny"), "the old cookie is still valid");
}

#[tokio::test]
async fn a_session_that_is_too_large_at_first_or_in_the_middle_leaves_what_was_saved() {
    let site = Site::new("cookie");
    let mut visitor = site.visitor();
    assert!(matches!(keep(&mut visitor, 5_000).await, Err(Error::CookieTooLarge { .. })));
    assert_eq!(visitor.cookie, None);
    let session = visitor.visit().await;
    session.put("n", 1).unwrap();
    session.save().await.unwrap();
    session.put("large", of(5_000)).unwrap();
    assert!(matches!(session.save().await, Err(Error::CookieTooLarge { .. })));
    session.forget("large").unwrap();
    session.put("m", 1).unwrap();
    visitor.leave(&session, Ending::Close).await.unwrap();
    let session = visitor.visit().await;
    assert!(session.has("n") && session.has("m") && session.missing("large"));
}

#[tokio::test]
async fn the_name_and_where_a_user_logged_in_count_too() {
    let (short, long) = (Site::new("cookie"), Site::with("cookie", |config| config.cookie = "n".repeat(300)));
    for (site, agent, fits) in [(&short, None, true), (&long, None, false), (&short, Some(of(300)), false)] {
        let mut visitor = site.visitor();
        let session = visitor.visit().await;
        session.set_client(Client { address: None, agent: agent.map(Into::into) });
        session.login("ada").unwrap();
        session.put("large", of(2_600)).unwrap();
        let saved = visitor.leave(&session, Ending::Close).await;
        assert_eq!(saved.is_ok(), fits, "{saved:?}");
    }
}

#[tokio::test]
async fn what_only_a_server_could_do_is_an_error_that_says_so() {
    let site = Site::new("cookie");
    let mut visitor = site.visitor();
    visitor.request(|session| session.login("ada").unwrap()).await;
    let digest = visitor.visit().await.id().unwrap().digest();
    let manager = &site.manager;
    for (error, text) in [
        (manager.driver(None).await.unwrap().count().await.unwrap_err(), "nobody can count them"),
        (manager.default_driver().await.unwrap().user_sessions("ada").await.unwrap_err(), "nobody can list them"),
        (
            manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap_err(),
            "set `revocations` in config/session.toml",
        ),
        (
            manager.default_driver().await.unwrap().destroy_digest(&digest).await.unwrap_err(),
            "set `revocations` in config/session.toml",
        ),
    ] {
        assert!(matches!(error, Error::Unsupported { .. }) && !error.is_unavailable(), "{error:?}");
        assert!(error.to_string().contains(text), "{error}");
    }
    assert!(manager.check().await.is_empty(), "and the driver is healthy");
    assert!(visitor.visit().await.user().is_some(), "and nothing changed");
    assert_eq!(manager.driver(None).await.unwrap().gc().await.unwrap(), 0, "there is nothing to collect");
}

#[tokio::test]
async fn block_locks_nobody_out_and_is_refused() {
    let site = Site::new("cookie");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    let error = visitor.try_visit_with(concurrency::block()).await.unwrap_err();
    assert!(matches!(&error, Error::CannotBlock { driver } if driver == "cookie"), "{error}");
    assert!(!error.is_unavailable() && error.to_string().contains("remove `.session(concurrency::block())` from"));

    let blocking = site.beside(None, |config| config.concurrency = Concurrency::Block);
    let error = blocking.manager.driver(None).await.unwrap_err();
    assert!(error.source().unwrap().to_string().contains("set `concurrency = \"merge\"`"), "{error}");
}

#[tokio::test]
async fn sr_47_without_a_key_the_driver_does_not_open() {
    let config = SessionConfig { driver: "cookie".to_owned(), ..SessionConfig::default() };
    let settings = config.settings("http://127.0.0.1:3000").unwrap();
    let databases = Arc::new(DatabaseManager::new(std::path::PathBuf::new(), DatabaseConfig::default()));
    let manager =
        SessionManager::new(databases, config, settings, Secrets::default(), Clock::system(), Random::system());
    let error = manager.open_default().await.unwrap_err();
    assert_eq!(error.to_string(), "the session driver `cookie` cannot be opened");
    assert!(error.source().unwrap().to_string().contains("run `cargo run -- key:generate`"));
}
