//! The driver `cookie`: the session is in the cookie, sealed, and nowhere else.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use salon_core::{encryption::Key, support::Random};
use serde_json::json;

use crate::{
    config::Minutes,
    contract::Id,
    tests::visitor::{Site, Visitor, cookie_sealer, on_each},
    visit::{CookieChange, Ending, Session},
};

fn key() -> Key {
    Key::generate(&Random::system()).unwrap()
}

/// A visitor who has a session already.
async fn known(site: &Arc<Site>) -> Visitor {
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    visitor
}

/// A browser that sends this cookie to this site.
fn bringing(site: &Arc<Site>, value: &str) -> Visitor {
    let mut visitor = site.visitor();
    visitor.id = Some(value.to_owned());
    visitor
}

fn value(visitor: &Visitor) -> String {
    visitor.id.clone().unwrap()
}

fn is_known(session: &Session) -> bool {
    session.has("name")
}

#[tokio::test]
async fn the_cookie_shows_nothing_and_is_another_one_each_time() {
    let site = Site::new("cookie");
    let mut visitor = known(&site).await;
    let first = value(&visitor);
    let bytes = URL_SAFE_NO_PAD.decode(&first).unwrap();
    let id = visitor.visit().await.id().unwrap();
    for secret in [b"Ada".as_slice(), b"name", &id.bytes(), id.digest().as_bytes()] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
    assert_eq!(Id::parse(&first), None, "what is in the cookie is not the id");
    visitor.request(|session| session.put("name", "Eva").unwrap()).await;
    assert_ne!(value(&visitor), first);
    let session = visitor.visit().await;
    assert_eq!(session.id().unwrap(), id, "and the id does not change");
    assert_eq!(session.cookie_value().unwrap().map(|value| value.len()), Some(first.len()));
}

#[tokio::test]
async fn sr_47_with_any_one_bit_flipped_the_visitor_is_a_guest() {
    let site = Site::new("cookie");
    let visitor = known(&site).await;
    let sealed = URL_SAFE_NO_PAD.decode(value(&visitor)).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let session = bringing(&site, &URL_SAFE_NO_PAD.encode(changed)).visit().await;
        assert!(session.all().is_empty() && session.created_at().is_none(), "bit {bit}");
    }
    for length in 0..value(&visitor).len() {
        assert!(!is_known(&bringing(&site, &value(&visitor)[..length]).visit().await), "{length} characters");
    }
    for longer in [value(&visitor) + "A", value(&visitor) + "=", value(&visitor) + &"A".repeat(5_000)] {
        assert!(!is_known(&bringing(&site, &longer).visit().await));
    }
    assert!(is_known(&visitor.visit().await));
}

#[tokio::test]
async fn sr_47_what_is_not_sealed_is_nothing() {
    let site = Site::new("cookie");
    let json = json!({ "name": "Ada", "user": "admin" }).to_string();
    let id = Id::generate(&Random::system()).unwrap();
    for forged in [URL_SAFE_NO_PAD.encode(&json), json, id.expose(), String::new(), "..".to_owned()] {
        let mut stranger = bringing(&site, &forged);
        let session = stranger.visit().await;
        assert!(session.all().is_empty() && session.user().is_none());
        session.put("n", 1).unwrap();
        stranger.leave(&session, Ending::Close).await.unwrap();
        assert_ne!(session.id().unwrap(), id, "an id that we did not issue is never adopted");
    }
}

#[tokio::test]
async fn sr_47_a_cookie_of_another_app_or_under_another_name_is_nothing() {
    let key = key();
    let site = Site::new("cookie").with_keys(cookie_sealer(&key, &[]), |config| config.prefix = "shop:".to_owned());
    let visitor = known(&site).await;
    type Adjust = fn(&mut crate::config::section::SessionConfig);
    let others: [(bool, Adjust); 4] = [
        (true, |config| config.prefix = "shop:".to_owned()),
        (false, |config| config.prefix = "blog:".to_owned()),
        (false, |config| (config.prefix, config.cookie) = ("shop:".to_owned(), "other".to_owned())),
        // `__Secure-session` is not `session`.
        (false, |config| {
            (config.prefix, config.path) = ("shop:".to_owned(), "/app".to_owned());
            config.secure = crate::config::section::Secure::Always;
        }),
    ];
    for (number, (is_same, adjust)) in others.into_iter().enumerate() {
        let other = site.with_keys(cookie_sealer(&key, &[]), adjust);
        assert_eq!(is_known(&bringing(&other, &value(&visitor)).visit().await), is_same, "{number}");
    }
    let other = site.with_keys(cookie_sealer(&self::key(), &[]), |config| config.prefix = "shop:".to_owned());
    assert!(!is_known(&bringing(&other, &value(&visitor)).visit().await), "another key");
}

#[tokio::test]
async fn sr_47_after_a_rotation_a_session_that_is_only_read_is_sealed_with_the_new_key() {
    let (old, new) = (key(), key());
    let before = Site::new("cookie").with_keys(cookie_sealer(&old, &[]), |_| {});
    let during = before.with_keys(cookie_sealer(&new, &[&old]), |_| {});
    let after = before.with_keys(cookie_sealer(&new, &[]), |_| {});
    let visitor = known(&before).await;
    assert!(!is_known(&bringing(&after, &value(&visitor)).visit().await), "the old key is still needed");

    let mut reader = bringing(&during, &value(&visitor));
    reader.request(|session| assert!(is_known(session))).await;
    assert!(matches!(reader.cookie, Some(CookieChange::Set { .. })));
    assert!(is_known(&bringing(&after, &value(&reader)).visit().await), "the old key can be removed");
    reader.request(|session| assert!(is_known(session))).await;
    assert_eq!(reader.cookie, None, "once");

    let mut writer = bringing(&during, &value(&visitor));
    writer.request(|session| session.put("n", 1).unwrap()).await;
    assert!(bringing(&after, &value(&writer)).visit().await.has("n"));
}

#[tokio::test]
async fn encrypt_changes_nothing_for_a_cookie_and_a_key_can_go_all_the_same() {
    let (old, new) = (key(), key());
    let before = Site::new("cookie").with_keys(cookie_sealer(&old, &[]), |config| config.encrypt = true);
    let during = before.with_keys(cookie_sealer(&new, &[&old]), |config| config.encrypt = true);
    let after = before.with_keys(cookie_sealer(&new, &[]), |config| config.encrypt = true);
    let mut visitor = bringing(&during, &value(&known(&before).await));
    visitor.request(|session| assert!(is_known(session))).await;
    assert!(is_known(&bringing(&after, &value(&visitor)).visit().await));
}

#[tokio::test]
async fn of_several_cookies_the_newest_of_one_session_counts_and_of_two_sessions_none() {
    let site = Site::new("cookie");
    let mut visitor = known(&site).await;
    let first = value(&visitor);
    visitor.request(|session| session.put("n", 2).unwrap()).await;
    let (second, other) = (value(&visitor), value(&known(&site).await));
    let found = async |values: &[&str]| {
        let driver = site.manager.driver(None).await.unwrap();
        let session = Session::present(driver, values.iter().copied());
        session.start().await.unwrap();
        (is_known(&session), session.has("n"))
    };
    assert_eq!(found(&[&first, &second]).await, (true, true));
    assert_eq!(found(&[&second, &first, "planted"]).await, (true, true));
    assert_eq!(found(&[&second, &other]).await, (false, false));
    assert_eq!(found(&[]).await, (false, false));
}

#[tokio::test]
async fn parallel_requests_do_not_merge_and_the_last_answer_wins() {
    for driver in ["cookie", "listed"] {
        let visitor = known(&Site::new(driver)).await;
        let (mut first, mut second) = (visitor.twin(), visitor.twin());
        let (one, two) = (first.visit().await, second.visit().await);
        one.put("one", 1).unwrap();
        two.put("two", 2).unwrap();
        first.leave(&one, Ending::Close).await.unwrap();
        second.leave(&two, Ending::Close).await.unwrap();
        // The browser keeps the cookie that came last.
        let session = second.visit().await;
        assert_eq!((session.has("one"), session.has("two")), (false, true));
        let session = first.visit().await;
        assert_eq!((session.has("one"), session.has("two")), (true, false));
    }
}

#[tokio::test]
async fn take_decides_within_its_request_only_and_is_in_the_cookie_at_once() {
    let mut visitor = known(&Site::new("cookie")).await;
    visitor.request(|session| session.put("coupon", "WELCOME").unwrap()).await;
    let twin = visitor.twin();
    let session = visitor.visit().await;
    assert_eq!(session.take::<String>("coupon").await.unwrap().as_deref(), Some("WELCOME"));
    assert_eq!(session.take::<String>("coupon").await.unwrap(), None);
    // Whatever becomes of the request, the visitor who was given the value no longer has it.
    visitor.leave(&session, Ending::Fail).await.unwrap();
    assert!(visitor.visit().await.missing("coupon"));
    let session = twin.visit().await;
    assert_eq!(
        session.take::<String>("coupon").await.unwrap().as_deref(),
        Some("WELCOME"),
        "another request gets it too"
    );
}

#[tokio::test]
async fn sr_48_without_a_list_a_copied_cookie_is_alive_after_the_logout_until_it_expires() {
    on_each(["cookie"], async |mut visitor| {
        visitor.request(|session| session.login("ada").unwrap()).await;
        let copy = visitor.twin();
        visitor.request(|session| session.logout().unwrap()).await;
        assert_eq!((&visitor.id, &visitor.cookie), (&None, &Some(CookieChange::Remove)));
        assert_eq!(copy.visit().await.user().as_deref(), Some("ada"), "as the guide says");
        visitor.site.advance(2 * 3600 - 1);
        assert!(copy.visit().await.user().is_some());
        visitor.site.advance(1);
        assert!(copy.visit().await.user().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_shorter_lifetime_ends_sealed_sessions_and_a_longer_one_revives_none() {
    let site = Site::new("cookie");
    let visitor = known(&site).await;
    let with = |minutes| site.beside(None, move |config| config.lifetime = Minutes(minutes));
    site.advance(3600);
    assert!(!is_known(&bringing(&with(60.0), &value(&visitor)).visit().await));
    assert!(is_known(&bringing(&with(61.0), &value(&visitor)).visit().await));
    site.advance(3600);
    assert!(!is_known(&bringing(&with(600.0), &value(&visitor)).visit().await));
}

#[tokio::test]
async fn activity_is_sealed_once_an_interval() {
    for driver in ["cookie", "listed"] {
        let site = Site::new(driver);
        let mut visitor = known(&site).await;
        for _ in 0..3 {
            site.advance(299);
            visitor.request(|session| assert!(is_known(session))).await;
            assert_eq!(visitor.cookie, None);
            site.advance(1);
            visitor.request(|session| assert!(is_known(session))).await;
            assert!(matches!(visitor.cookie, Some(CookieChange::Set { max_age: Some(_), .. })));
        }
        site.advance(2 * 3600 - 1);
        visitor.request(|session| assert!(is_known(session))).await;
        site.advance(2 * 3600);
        visitor.request(|session| assert!(!is_known(session))).await;
    }
}
