//! When sessions expire, and how long their cookie lives.

use std::time::Duration;

use crate::{
    tests::visitor::{ALONE, KEEPING, Site, at_once, on_each},
    visit::{CookieChange, Ending},
};

const HOUR: u64 = 3600;

fn max_age(change: Option<&CookieChange>) -> Option<u64> {
    match change {
        Some(CookieChange::Set { max_age, .. }) => max_age.map(|age| age.as_secs()),
        _ => None,
    }
}

#[tokio::test]
async fn sr_20_an_idle_session_expires_at_exactly_its_lifetime() {
    for (idle, lives) in [(2 * HOUR - 1, true), (2 * HOUR, false), (20 * HOUR, false)] {
        on_each(KEEPING, async |mut visitor| {
            visitor.request(|session| session.put("n", 1).unwrap()).await;
            assert_eq!(max_age(visitor.cookie.as_ref()), Some(2 * HOUR));
            let old = visitor.id.clone();
            visitor.site.advance(idle);
            visitor.request(|session| assert_eq!(session.has("n"), lives)).await;
            visitor.request(|session| session.put("n", 2).unwrap()).await;
            assert_eq!(visitor.id == old, lives, "the id of an expired session is not adopted");
        })
        .await;
    }
}

#[tokio::test]
async fn sr_20_every_request_counts_as_activity() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        for _ in 0..20 {
            visitor.site.advance(HOUR);
            visitor.request(|session| assert!(session.has("n"))).await;
            assert_eq!(max_age(visitor.cookie.as_ref()), Some(2 * HOUR), "the cookie lives as long as the record");
        }
    })
    .await;
}

#[tokio::test]
async fn sr_12_activity_is_written_back_and_the_cookie_sent_again_once_an_interval() {
    on_each(["six"], async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let six = visitor.site.six.clone();
        let writes = six.writes();
        for _ in 0..299 {
            visitor.site.advance(1);
            visitor.request(|_| {}).await;
            assert_eq!(visitor.cookie, None);
        }
        assert_eq!(six.writes(), writes);
        visitor.site.advance(1);
        visitor.request(|_| {}).await;
        assert_eq!((six.writes(), max_age(visitor.cookie.as_ref())), (writes + 1, Some(2 * HOUR)));
        visitor.request(|_| {}).await;
        assert_eq!((six.writes(), &visitor.cookie), (writes + 1, &None));
    })
    .await;
}

#[tokio::test]
async fn a_save_sends_the_cookie_again_only_when_activity_is_due() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        visitor.site.advance(100);
        visitor.request(|session| session.put("n", 2).unwrap()).await;
        assert_eq!(visitor.cookie, None);
        visitor.site.advance(200);
        visitor.request(|session| session.put("n", 3).unwrap()).await;
        assert_eq!(max_age(visitor.cookie.as_ref()), Some(2 * HOUR));
    })
    .await;
}

#[tokio::test]
async fn sr_20_the_absolute_lifetime_ends_a_session_however_busy_and_often_renewed() {
    for driver in ALONE {
        let site = Site::with(driver, |config| config.absolute_lifetime = crate::config::minutes::Minutes(180.0));
        let mut visitor = site.visitor();
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        for _ in 0..5 {
            site.advance(HOUR / 2);
            visitor.request(|session| session.regenerate().and_then(|()| session.put("n", 2)).unwrap()).await;
        }
        assert_eq!(max_age(visitor.cookie.as_ref()), Some(HOUR / 2), "the cookie too");
        site.advance(HOUR / 2 - 1);
        visitor.request(|session| assert!(session.has("n"))).await;
        site.advance(1);
        assert!(visitor.visit().await.all().is_empty(), "{driver}");
    }
}

#[tokio::test]
async fn sr_51_a_session_in_which_nobody_is_logged_in_may_live_for_a_shorter_time() {
    for driver in ALONE {
        let site = Site::with(driver, |config| config.guest_lifetime = crate::config::minutes::Minutes(30.0));
        let (mut guest, mut ada) = (site.visitor(), site.visitor());
        guest.request(|session| session.put("n", 1).unwrap()).await;
        ada.request(|session| session.put("n", 1).unwrap()).await;
        assert_eq!(max_age(guest.cookie.as_ref()), Some(HOUR / 2));
        ada.request(|session| session.login("ada").unwrap()).await;
        assert_eq!(max_age(ada.cookie.as_ref()), Some(2 * HOUR), "{driver}");
        site.advance(HOUR / 2 - 1);
        guest.request(|session| assert!(session.has("n"))).await;
        assert_eq!(max_age(guest.cookie.as_ref()), Some(HOUR / 2), "activity extends it");
        site.advance(HOUR / 2);
        assert!(guest.visit().await.all().is_empty(), "{driver}");
        ada.request(|session| assert!(session.has("n"))).await;
        ada.request(|session| session.logout().unwrap()).await;
        assert!(ada.visit().await.all().is_empty());
    }
}

#[tokio::test]
async fn expire_on_close_makes_a_cookie_without_an_age_and_the_record_ends_as_ever() {
    for driver in ALONE {
        let site = Site::with(driver, |config| config.expire_on_close = true);
        let mut visitor = site.visitor();
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        assert!(matches!(visitor.cookie, Some(CookieChange::Set { max_age: None, .. })));
        site.advance(2 * HOUR);
        assert!(visitor.visit().await.all().is_empty());
    }
}

#[tokio::test]
async fn sr_21_a_clock_that_steps_back_ends_nothing() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let clock = visitor.site.clock.clone();
        let now = clock.now();
        clock.set(salon_core::support::Timestamp::from_seconds(1000));
        visitor.request(|session| session.increment("n").map(drop).unwrap()).await;
        clock.set(now);
        assert_eq!(visitor.visit().await.get::<u8>("n").unwrap(), Some(2));
    })
    .await;
}

#[tokio::test]
async fn a_session_tells_when_it_began_and_when_it_ends() {
    on_each(ALONE, async |mut visitor| {
        let began = visitor.site.clock.now();
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        visitor.site.advance(HOUR);
        let session = visitor.visit().await;
        assert_eq!(session.created_at(), Some(began));
        assert_eq!(session.expires_at(), began + Duration::from_secs(3 * HOUR));
        session.regenerate().unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.created_at(), Some(began), "a new id is not a new session");
    })
    .await;
}

#[tokio::test]
async fn collection_removes_what_has_expired_and_nothing_else() {
    on_each(["file", "memory"], async |visitor| {
        let mut visitors: Vec<_> = (0..20).map(|_| visitor.site.visitor()).collect();
        for visitor in &mut visitors {
            visitor.request(|session| session.put("n", 1).unwrap()).await;
        }
        visitor.site.advance(HOUR);
        for visitor in &mut visitors[..5] {
            visitor.request(|_| {}).await;
        }
        let manager = &visitor.site.manager;
        assert_eq!(
            (
                manager.driver(None).await.unwrap().gc().await.unwrap(),
                manager.driver(None).await.unwrap().count().await.unwrap()
            ),
            (0, 20)
        );
        visitor.site.advance(HOUR + 59);
        assert_eq!(manager.driver(None).await.unwrap().count().await.unwrap(), 5, "expired sessions are not counted");
        assert_eq!(
            manager.driver(None).await.unwrap().gc().await.unwrap(),
            0,
            "a request may still be about to save a session that it found alive"
        );
        visitor.site.advance(1);
        assert_eq!(
            (
                manager.driver(None).await.unwrap().gc().await.unwrap(),
                manager.driver(None).await.unwrap().gc().await.unwrap()
            ),
            (15, 0)
        );
        assert_eq!(manager.driver(None).await.unwrap().count().await.unwrap(), 5);
        for visitor in &visitors[..5] {
            assert!(visitor.visit().await.has("n"));
        }
    })
    .await;
}

#[tokio::test]
async fn collection_removes_the_forward_of_an_old_id_when_an_unused_session_would_have_expired() {
    on_each(["file", "memory"], async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        visitor.request(|session| session.regenerate().unwrap()).await;
        let manager = &visitor.site.clone().manager;
        visitor.site.advance(HOUR);
        visitor.request(|_| {}).await;
        visitor.site.advance(HOUR + 59);
        assert_eq!(manager.driver(None).await.unwrap().gc().await.unwrap(), 0);
        visitor.site.advance(1);
        assert_eq!(manager.driver(None).await.unwrap().gc().await.unwrap(), 1);
        assert!(visitor.visit().await.has("n"));
    })
    .await;
}

#[tokio::test]
async fn f_17_collection_under_way_leaves_a_session_that_a_request_has_just_touched() {
    on_each(["file", "memory"], async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        visitor.site.advance(2 * HOUR - 1);
        let session = visitor.visit().await;
        visitor.site.advance(1);
        // The request started before the session expired, so it counts.
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(visitor.site.manager.driver(None).await.unwrap().gc().await.unwrap(), 0);
        assert!(visitor.visit().await.has("n"));
    })
    .await;
}

#[tokio::test]
async fn a_write_that_is_due_to_be_noted_sends_the_cookie_even_within_one_moment() {
    for driver in KEEPING {
        let mut visitor = Site::with(driver, |config| config.touch_interval = 0).visitor();
        for n in 0..3 {
            // The clock stands still.
            visitor.request(|session| session.put("n", n).unwrap()).await;
            assert!(matches!(visitor.cookie, Some(CookieChange::Set { .. })), "{driver}, write {n}");
        }
    }
}

#[tokio::test]
async fn sr_20_an_expired_session_is_in_no_list_of_its_user_s_sessions() {
    on_each(["file", "memory"], async |mut visitor| {
        visitor.request(|session| session.login("ada").unwrap()).await;
        let listed =
            async || visitor.site.manager.default_driver().await.unwrap().user_sessions("ada").await.unwrap().len();
        visitor.site.clock.advance(Duration::from_secs(2 * 3600) - Duration::from_millis(1));
        assert_eq!(listed().await, 1);
        visitor.site.clock.advance(Duration::from_millis(1));
        assert_eq!(listed().await, 0, "whether or not the collector has run");
    })
    .await;
}

#[tokio::test]
async fn sr_12_of_the_many_requests_of_a_page_one_is_written_back() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    site.advance(600);
    let before = site.six.writes();
    at_once(&visitor, 50, |_, session| assert!(session.has("n"))).await;
    assert_eq!(site.six.writes() - before, 1);
    site.advance(2 * HOUR - 1);
    assert!(visitor.visit().await.has("n"), "and it counts");
}

#[tokio::test]
async fn f_15_a_save_of_a_request_that_began_in_the_last_second_of_a_session_is_kept() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        visitor.site.advance(2 * HOUR - 1);
        let slow = visitor.visit().await;
        slow.put("n", 2).unwrap();
        visitor.site.advance(30);
        assert_eq!(visitor.site.manager.driver(None).await.unwrap().gc().await.unwrap(), 0);
        visitor.leave(&slow, Ending::Close).await.unwrap();
        assert_eq!(visitor.visit().await.get("n").unwrap(), Some(2));
    })
    .await;
}
