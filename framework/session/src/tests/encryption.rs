//! `encrypt = true`: stores hold sealed data.

use std::sync::Arc;

use salon_core::{
    encryption::{Key, KeyRing, Sealer},
    support::Random,
};
use serde_json::json;

use crate::{
    config::concurrency,
    contract::{Creation, Digest, Found, Record},
    events::SessionEvent,
    tests::visitor::{ALONE, KEEPING, Site, Visitor},
    visit::{Ending, Session},
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

/// The same browser, with the same app restarted under other settings.
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
    assert!(moved(&visitor, with(sealer(&new, &[]))).visit().await.all().is_empty(), "the old key is still needed");
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

/// A session as stored.
async fn kept(site: &Site, digest: &Digest) -> Record {
    let driver = site.manager.driver(None).await.unwrap();
    match driver.store().load(digest).await.unwrap() {
        Some(Found::Live(record)) => record,
        found => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn sr_45_what_is_sealed_for_one_session_is_not_opened_in_another_though_its_envelope_is_right() {
    for driver in KEEPING {
        let site = Site::sealed(driver, sealer(&key(), &[]));
        let (mut ada, mut eve) = (site.visitor(), site.visitor());
        ada.request(fill).await;
        eve.request(|session| session.put("name", "Eve").unwrap()).await;
        let reported = Arc::new(std::sync::Mutex::new(0));
        let count = Arc::clone(&reported);
        site.manager.listen(move |event| {
            *count.lock().unwrap() += u32::from(matches!(event, SessionEvent::Corrupt { .. }));
        });
        let record = kept(&site, &ada.digest()).await;
        assert!(!holds(&record.payload, "Lovelace"), "{driver}");
        let store = site.manager.driver(None).await.unwrap();
        store.store().destroy(&eve.digest()).await.unwrap();
        assert_eq!(store.store().create(&eve.digest(), record).await.unwrap(), Creation::Created);
        let session = eve.visit().await;
        assert!(session.all().is_empty() && session.user().is_none(), "{driver}");
        assert_eq!(*reported.lock().unwrap(), 1);
        assert!(ada.visit().await.has("secret_name"));
    }
}

#[tokio::test]
async fn every_kind_of_write_is_sealed_on_every_driver() {
    for driver in KEEPING {
        let site = Site::sealed(driver, sealer(&key(), &[]));
        let mut visitor = site.visitor();
        visitor.request(fill).await;
        let session = visitor.visit().await;
        session.login("ada").unwrap();
        session.temp("secret_code", "Lovelace", None).unwrap();
        session.flash_input(json!({ "secret_field": "Lovelace" })).unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.take::<String>("secret_code").await.unwrap().as_deref(), Some("Lovelace"));
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        let alone = visitor.try_visit_with(concurrency::block()).await.unwrap();
        alone.push("secret_list", "Lovelace").unwrap();
        visitor.leave(&alone, Ending::CloseAndAge).await.unwrap();
        let record = kept(&site, &visitor.digest()).await;
        assert!(!holds(&record.payload, "Lovelace") && !holds(&record.payload, "secret"), "{driver}");
        assert_eq!(record.user.as_deref(), Some("ada"), "what the store needs is not sealed");
        let session = visitor.visit().await;
        assert_eq!(json!(session.all()), json!({ "secret_name": "Ada Lovelace", "secret_list": ["Lovelace"] }));
    }
}

#[tokio::test]
async fn a_visitor_sees_no_difference_where_records_are_sealed() {
    for driver in ALONE {
        let site = Site::sealed(driver, sealer(&key(), &[]));
        let mut visitor = site.visitor();
        visitor.request(fill).await;
        visitor.request(|session| assert!(session.has(["secret_name", "success"]))).await;
        visitor.request(|session| assert!(session.missing("success"))).await;
        visitor.request(|session| session.login("ada").unwrap()).await;
        site.advance(600);
        visitor.request(|session| session.regenerate().unwrap()).await;
        let session = visitor.visit().await;
        assert_eq!((session.has("secret_name"), session.user().as_deref()), (true, Some("ada")), "{driver}");
        session.logout().unwrap();
        assert!(visitor.next(&session).await.all().is_empty(), "{driver}");
    }
}
