//! A store that fails is not an empty session.

use std::sync::Arc;

use salon_core::support::{Clock, Random};
use salon_database::{DatabaseConfig, DatabaseManager};
use serde_json::json;

use crate::{
    config::SessionConfig,
    contract::Id,
    error::Error,
    manager::{Secrets, SessionManager},
    tests::visitor::{KEEPING, Site, on_each},
    visit::{CookieChange, Ending, Session},
};

#[tokio::test]
async fn a_store_that_cannot_be_read_is_an_error_and_not_a_fresh_session() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    site.six.fail_reads(true);
    let error = visitor.try_visit().await.unwrap_err();
    assert!(matches!(&error, Error::Unavailable { driver, .. } if driver == "six"));
    assert!(error.is_unavailable());
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the ledger cannot be read");

    let driver = site.manager.driver(None).await.unwrap();
    let session = site.manager.build_session(driver, visitor.id.as_deref());
    assert!(session.start().await.is_err());
    assert!(!session.is_started() && session.put("n", 2).is_err(), "a failed start starts nothing");
    visitor.leave(&session, Ending::Close).await.unwrap();
    assert_eq!(visitor.cookie, None);
    site.six.fail_reads(false);
    session.start().await.unwrap();
    assert_eq!(session.get::<u8>("n").unwrap(), Some(1), "it can be retried");
}

#[tokio::test]
async fn without_a_cookie_a_broken_store_is_not_even_asked() {
    let site = Site::new("six");
    site.six.fail_reads(true);
    site.six.fail_writes(true);
    let mut visitor = site.visitor();
    visitor.request(|session| assert!(session.missing("n"))).await;
    visitor.id = Some("not an id".to_owned());
    visitor.request(|session| assert!(session.missing("n"))).await;
}

#[tokio::test]
async fn f_32_a_save_that_fails_is_an_error_and_keeps_the_old_record() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).and_then(|()| session.flash("success", 1)).unwrap()).await;
    site.six.fail_writes(true);
    let session = visitor.visit().await;
    session.put("n", 2).unwrap();
    let error = visitor.leave(&session, Ending::CloseAndAge).await.unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(visitor.cookie, None);
    site.six.fail_writes(false);
    assert_eq!(json!(visitor.visit().await.all()), json!({ "n": 1, "success": 1 }));
}

#[tokio::test]
async fn a_save_that_failed_can_be_tried_again() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    let session = visitor.visit().await;
    session.increment("n").unwrap();
    site.six.fail_writes(true);
    assert!(session.save().await.is_err());
    session.increment("n").unwrap();
    assert!(session.close().await.is_err());
    assert_eq!(session.get::<u8>("n").unwrap(), Some(3), "what was not saved is still there");
    site.six.fail_writes(false);
    session.close().await.unwrap();
    assert_eq!(visitor.visit().await.get::<u8>("n").unwrap(), Some(3));
}

#[tokio::test]
async fn f_32_a_close_that_failed_and_was_ignored_is_tried_again_at_the_end() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    let session = visitor.visit().await;
    session.put("n", 1).unwrap();
    site.six.fail_writes(true);
    assert!(session.close().await.is_err());
    assert!(visitor.leave(&session, Ending::CloseAndAge).await.is_err(), "the client must not see a success");
    site.six.fail_writes(false);
    visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
    assert_eq!(visitor.visit().await.get::<u8>("n").unwrap(), Some(1));
}

#[tokio::test]
async fn a_login_that_could_not_be_saved_is_no_login_and_can_be_tried_again() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    let old = visitor.twin();
    let session = visitor.visit().await;
    session.login("42").unwrap();
    site.six.fail_writes(true);
    assert!(session.save().await.is_err());
    assert_eq!(old.visit().await.user(), None);
    site.six.fail_writes(false);
    let session = visitor.next(&session).await;
    assert_eq!(session.user().as_deref(), Some("42"));
    assert_ne!(visitor.id, old.id);
    assert!(old.visit().await.all().is_empty());
}

#[tokio::test]
async fn sr_04_a_renewal_during_a_login_that_could_not_be_saved_gives_the_login_no_grace() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    let planted = visitor.twin();
    let session = visitor.visit().await;
    session.login("42").unwrap();
    site.six.fail_writes(true);
    let (saved, renewed) = tokio::join!(session.save(), async { session.regenerate() });
    assert!(saved.is_err() && renewed.is_ok());
    site.six.fail_writes(false);
    visitor.leave(&session, Ending::Close).await.unwrap();
    assert_eq!(visitor.visit().await.user().as_deref(), Some("42"));
    assert_eq!(planted.visit().await.user(), None);
}

#[tokio::test]
async fn a_logout_that_failed_is_an_error_and_can_be_tried_again() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    let session = visitor.visit().await;
    session.logout().unwrap();
    site.six.fail_writes(true);
    assert!(session.save().await.is_err());
    site.six.fail_writes(false);
    visitor.leave(&session, Ending::Fail).await.unwrap();
    assert_eq!((visitor.cookie, site.six.count()), (Some(CookieChange::Remove), 0));
}

#[tokio::test]
async fn f_23_a_logout_that_failed_half_way_ends_the_renewed_session_when_it_is_tried_again() {
    for removals in 0..2 {
        let site = Site::new("six");
        let mut visitor = site.visitor();
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let mut tab = visitor.twin();
        let leaving = tab.visit().await;
        visitor.request(|session| session.regenerate().unwrap()).await;
        leaving.logout().unwrap();
        site.six.fail_removals_after(Some(removals));
        let left = leaving.save().await;
        assert!(left.is_err() || site.six.count() == 0, "{removals}");
        site.six.fail_removals_after(None);
        tab.leave(&leaving, Ending::Close).await.unwrap();
        assert_eq!(tab.cookie, Some(CookieChange::Remove));
        assert_eq!(site.six.count(), 0, "{removals}");
    }
}

#[tokio::test]
async fn sr_09_an_id_that_a_silent_store_cannot_confirm_does_not_replace_that_of_a_login() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    let acts: [fn(&Session); 3] =
        [|_| {}, |session| session.put("n", 2).unwrap(), |session| session.regenerate().unwrap()];
    for act in acts {
        let mut slow = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        let session = slow.visit().await;
        visitor.request(|session| session.login("42").unwrap()).await;
        act(&session);
        site.six.fail_reads(true);
        site.six.fail_writes(true);
        assert!(slow.leave(&session, Ending::CloseAndAge).await.unwrap_err().is_unavailable());
        assert_eq!(slow.cookie, None);
        site.six.fail_reads(false);
        site.six.fail_writes(false);
    }
}

#[tokio::test]
async fn an_id_that_no_other_request_can_have_is_sent_though_the_store_is_silent() {
    let site = Site::new("six");
    let acts: [fn(&Session); 2] = [|session| session.put("n", 1).unwrap(), |session| session.login("42").unwrap()];
    for act in acts {
        let mut visitor = site.visitor();
        let session = visitor.visit().await;
        act(&session);
        session.save().await.unwrap();
        session.put("n", 2).unwrap();
        site.six.fail_reads(true);
        site.six.fail_writes(true);
        assert!(visitor.leave(&session, Ending::CloseAndAge).await.is_err());
        site.six.fail_reads(false);
        site.six.fail_writes(false);
        let session = visitor.visit().await;
        assert!(session.has("n") || session.user().is_some(), "what was saved is not lost");
    }
}

#[tokio::test]
async fn a_take_that_fails_takes_nothing() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("coupon", 1).unwrap()).await;
    let session = visitor.visit().await;
    site.six.fail_writes(true);
    assert!(session.take::<u8>("coupon").await.unwrap_err().is_unavailable());
    site.six.fail_writes(false);
    assert_eq!(session.take::<u8>("coupon").await.unwrap(), Some(1));
}

#[tokio::test]
async fn f_19_what_is_too_large_is_an_error_that_names_the_largest_keys() {
    for driver in KEEPING {
        let site = Site::with(driver, |config| config.max_bytes = 4096);
        let mut visitor = site.visitor();
        visitor.request(|session| session.put("small", "x".repeat(3000)).unwrap()).await;
        let session = visitor.visit().await;
        session.put("huge", "x".repeat(2000)).unwrap();
        let error = session.save().await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: 4096, .. }) && !error.is_unavailable());
        let text = error.to_string();
        assert!(text.contains("`small` (3002 bytes), `huge` (2002 bytes)") && text.contains("max_bytes"), "{text}");
        assert_eq!(json!(visitor.visit().await.all().keys().collect::<Vec<_>>()), json!(["small"]));
        session.put("huge", "fits").unwrap();
        assert!(visitor.next(&session).await.has(["small", "huge"]), "{driver}");
    }
}

#[tokio::test]
async fn f_19_a_first_save_that_is_too_large_makes_no_session() {
    on_each(KEEPING, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("huge", "x".repeat(2 << 20)).unwrap();
        assert!(matches!(visitor.leave(&session, Ending::Close).await, Err(Error::TooLarge { .. })));
        assert_eq!((visitor.id.as_ref(), visitor.site.count().await), (None, 0));
    })
    .await;
}

#[tokio::test]
async fn f_06_a_record_that_cannot_be_read_is_a_fresh_session_under_a_new_id() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    let (digest, whole) = (visitor.digest(), site.bytes(&visitor.digest()).unwrap());
    let flipped: Vec<u8> = whole.iter().map(|byte| byte ^ 1).collect();
    for broken in [Vec::new(), b"SALN".to_vec(), whole[..whole.len() - 1].to_vec(), flipped, vec![0; 100]] {
        let mut tab = visitor.twin();
        let slow = tab.visit().await;
        site.six.put(digest, broken);
        let session = tab.visit().await;
        assert!(session.all().is_empty());
        session.put("name", "Grace").unwrap();
        tab.leave(&session, Ending::Close).await.unwrap();
        assert_ne!(tab.id, visitor.id);
        slow.put("late", 1).unwrap();
        slow.commit(Ending::Close).await.unwrap();
        assert_eq!(slow.take_cookie_change(), None);
        site.six.put(digest, whole.clone());
    }
}

#[tokio::test]
async fn f_15_another_session_s_record_is_never_shown() {
    let site = Site::new("six");
    let (mut ada, mut grace) = (site.visitor(), site.visitor());
    ada.request(|session| session.put("name", "Ada").unwrap()).await;
    grace.request(|session| session.put("name", "Grace").unwrap()).await;
    site.six.put(ada.digest(), site.bytes(&grace.digest()).unwrap());
    assert!(ada.visit().await.all().is_empty());
}

#[tokio::test]
async fn sr_01_without_random_bytes_there_is_no_session_and_no_cookie() {
    let config = SessionConfig { driver: "memory".to_owned(), ..SessionConfig::default() };
    let settings = config.settings("http://127.0.0.1:3000").unwrap();
    let databases = Arc::new(DatabaseManager::new("".into(), DatabaseConfig::default()));
    let manager =
        SessionManager::new(databases, config, settings, Secrets::default(), Clock::system(), Random::broken());
    let driver = manager.driver(None).await.unwrap();
    let session = manager.build_session(driver, Some(&Id::from_bytes([1; 32]).expose()));
    session.start().await.unwrap();
    session.put("n", 1).unwrap();
    assert!(matches!(session.token(), Err(Error::Random(_))));
    assert!(matches!(session.regenerate(), Err(Error::Random(_))));
    assert!(matches!(session.commit(Ending::Close).await, Err(Error::Random(_))));
    assert_eq!(session.take_cookie_change(), None);
    assert_eq!(manager.driver(None).await.unwrap().count().await.unwrap(), 0);
}
