//! `encrypt = true`: what stores hold is sealed.

use std::sync::Arc;

use serde_json::json;

use super::visitor::{Site, Visitor};
use crate::{
    encryption::{Key, KeyRing, Sealer},
    session::Session,
    support::Random,
};

fn key() -> Key {
    Key::generate(&Random::system()).unwrap()
}

fn sealer(current: &Key, previous: &[&Key]) -> Sealer {
    let previous = previous.iter().map(|&key| key.clone()).collect();
    KeyRing::new(current.clone(), previous, Random::system()).sealer("session").unwrap()
}

fn fill(session: &Session) {
    session.put("secret_name", "Ada Lovelace").unwrap();
    session.flash("success", "Saved.").unwrap();
}

/// The same browser at the same app, started with other settings.
fn moved(visitor: &Visitor, site: Arc<Site>) -> Visitor {
    Visitor { site, id: visitor.id.clone(), cookie: None }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn sr_46_a_sealed_record_shows_no_key_and_no_value() {
    for driver in ["file", "six"] {
        let site = Site::sealed(driver, sealer(&key(), &[]));
        let mut visitor = site.visitor();
        visitor.request(fill).await;
        let token = visitor.visit().await.token().unwrap();
        let bytes = site.bytes(&visitor.digest()).unwrap();
        for text in ["secret_name", "Lovelace", "Saved", &token] {
            assert!(!holds(&bytes, text), "{driver}: {text}");
        }
        let session = visitor.visit().await;
        assert_eq!(json!(session.all()), json!({ "secret_name": "Ada Lovelace", "success": "Saved." }));
        session.increment("n").unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(json!(session.all()), json!({ "secret_name": "Ada Lovelace", "n": 1 }));
    }
}

#[tokio::test]
async fn a_plain_record_is_refused_where_records_are_sealed() {
    let plain = Site::new("six");
    let mut visitor = plain.visitor();
    visitor.request(fill).await;
    assert!(holds(&plain.bytes(&visitor.digest()).unwrap(), "Lovelace"));
    let sealed = plain.beside(Some(sealer(&key(), &[])), |config| config.encrypt = true);
    assert!(moved(&visitor, sealed).visit().await.all().is_empty());
}

#[tokio::test]
async fn sealed_records_are_still_read_when_sealing_is_turned_off() {
    let key = key();
    let sealed = Site::sealed("file", sealer(&key, &[]));
    let mut visitor = sealed.visitor();
    visitor.request(fill).await;
    let mut visitor = moved(&visitor, sealed.beside(Some(sealer(&key, &[])), |_| {}));
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    assert_eq!(visitor.visit().await.get::<String>("secret_name").unwrap().as_deref(), Some("Ada Lovelace"));
    let keyless = moved(&visitor, sealed.beside(None, |_| {}));
    assert!(keyless.visit().await.has("secret_name"), "that save was plain");
}

#[tokio::test]
async fn after_a_rotation_sessions_live_on_and_are_sealed_with_the_new_key_at_their_next_save() {
    let (old, new) = (key(), key());
    let site = Site::sealed("file", sealer(&old, &[]));
    let mut visitor = site.visitor();
    visitor.request(fill).await;
    let with = |sealer| site.beside(Some(sealer), |config| config.encrypt = true);
    let mut rotated = moved(&visitor, with(sealer(&new, &[&old])));
    assert!(moved(&visitor, with(sealer(&new, &[]))).visit().await.all().is_empty(), "the old key is needed still");
    rotated.request(|session| session.put("n", 1).unwrap()).await;
    let session = moved(&rotated, with(sealer(&new, &[]))).visit().await;
    assert_eq!(json!(session.all()), json!({ "secret_name": "Ada Lovelace", "n": 1 }));
}

#[tokio::test]
async fn a_record_sealed_with_an_unknown_key_is_a_fresh_session_under_a_new_id() {
    let site = Site::sealed("six", sealer(&key(), &[]));
    let mut visitor = site.visitor();
    visitor.request(fill).await;
    let mut stranger = moved(&visitor, site.beside(Some(sealer(&key(), &[])), |config| config.encrypt = true));
    stranger.request(|session| session.put("n", 1).unwrap()).await;
    assert_ne!(stranger.id, visitor.id);
    assert!(visitor.visit().await.has("secret_name"), "the unreadable record was not overwritten");
}

#[tokio::test]
async fn sealed_sessions_are_renewed_and_merged_like_plain_ones() {
    let site = Site::sealed("file", sealer(&key(), &[]));
    let mut visitor = site.visitor();
    visitor.request(fill).await;
    let slow = visitor.visit().await;
    slow.increment("n").unwrap();
    visitor.request(|session| session.regenerate().and_then(|()| session.increment("n").map(drop)).unwrap()).await;
    slow.close().await.unwrap();
    let session = visitor.visit().await;
    assert_eq!((session.get::<u8>("n").unwrap(), session.has("secret_name")), (Some(2), true));
}
