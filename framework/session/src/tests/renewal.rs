//! Renewed ids: an old id is forwarded for a while, or not at all.

use crate::{
    config::Minutes,
    tests::visitor::{KEEPING, Site, Visitor, at_once, on_each},
    visit::{Ending, Session},
};

async fn known(visitor: &mut Visitor) {
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
}

fn is_ada(session: &Session) -> bool {
    session.get::<String>("name").unwrap().as_deref() == Some("Ada")
}

#[tokio::test]
async fn regenerate_keeps_the_data_under_a_new_id_and_token() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let old = visitor.twin();
        let session = visitor.visit().await;
        let token = session.token().unwrap();
        session.regenerate().unwrap();
        let id = session.id().unwrap().expose();
        let session = visitor.next(&session).await;
        assert_eq!(visitor.id.as_ref(), Some(&id));
        assert_ne!(visitor.id, old.id);
        assert!(is_ada(&session) && !session.token_matches(&token));
    })
    .await;
}

#[tokio::test]
async fn sr_05_an_old_id_leads_to_the_successor_within_the_grace_and_not_after() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut old = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        visitor.site.advance(29);
        let mut late = old.twin();
        let session = old.visit().await;
        assert!(is_ada(&session));
        session.put("city", "London").unwrap();
        old.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(old.id, visitor.id, "the response hands over the new id");
        assert!(visitor.visit().await.has("city"), "what it wrote is in the successor");
        visitor.site.advance(1);
        late.request(|session| assert!(session.all().is_empty())).await;
        assert_eq!(late.cookie, None);
        assert!(is_ada(&visitor.visit().await));
    })
    .await;
}

#[tokio::test]
async fn sr_05_a_read_within_the_grace_hands_over_the_new_id() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut old = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        old.request(|session| assert!(is_ada(session))).await;
        assert_eq!(old.id, visitor.id);
    })
    .await;
}

#[tokio::test]
async fn sr_05_several_renewals_in_a_row_are_followed() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let old = visitor.twin();
        for _ in 0..3 {
            visitor.request(|session| session.regenerate().unwrap()).await;
        }
        assert!(is_ada(&old.visit().await));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_23_parallel_renewals_make_one_successor() {
    on_each(["file", "memory"], async |mut visitor| {
        known(&mut visitor).await;
        let mut tabs = Vec::new();
        for _ in 0..10 {
            let session = visitor.visit().await;
            session.regenerate().unwrap();
            session.increment("renewals").unwrap();
            tabs.push((visitor.twin(), session));
        }
        let mut ids = Vec::new();
        for tab in tabs.into_iter().map(|(mut tab, session)| {
            tokio::spawn(async move {
                tab.leave(&session, Ending::Close).await.unwrap();
                tab.id.unwrap()
            })
        }) {
            ids.push(tab.await.unwrap());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 1, "all tabs converge on one id");
        assert_eq!(visitor.site.count().await, 1);
        visitor.id = ids.pop();
        assert_eq!(visitor.visit().await.get::<u8>("renewals").unwrap(), Some(10));
    })
    .await;
}

#[tokio::test]
async fn f_23_a_renewal_that_comes_second_keeps_the_token_of_the_first() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut second = visitor.twin();
        let (first, late) = (visitor.visit().await, second.visit().await);
        first.regenerate().unwrap();
        visitor.leave(&first, Ending::CloseAndAge).await.unwrap();
        let token = visitor.visit().await.token().unwrap();
        late.regenerate().unwrap();
        second.leave(&late, Ending::CloseAndAge).await.unwrap();
        assert!(second.visit().await.token_matches(&token), "a form of the first renewal is accepted");
    })
    .await;
}

#[tokio::test]
async fn a_token_that_the_handler_renews_itself_replaces_that_of_a_parallel_renewal() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut second = visitor.twin();
        let late = second.visit().await;
        visitor.request(|session| session.regenerate().unwrap()).await;
        let token = visitor.visit().await.token().unwrap();
        late.regenerate_token().unwrap();
        second.leave(&late, Ending::CloseAndAge).await.unwrap();
        assert!(!visitor.visit().await.token_matches(&token));
    })
    .await;
}

#[tokio::test]
async fn f_23_a_write_under_way_lands_in_the_successor() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut tab = visitor.twin();
        let slow = tab.visit().await;
        visitor.request(|session| session.regenerate().unwrap()).await;
        slow.put("city", "London").unwrap();
        tab.leave(&slow, Ending::Close).await.unwrap();
        assert_eq!(tab.id, visitor.id);
        let session = visitor.visit().await;
        assert!(is_ada(&session) && session.has("city"));
    })
    .await;
}

#[tokio::test]
async fn sr_04_a_login_kills_the_old_id_at_once() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut old = visitor.twin();
        let under_way = old.visit().await;
        visitor.request(|session| session.login("42").unwrap()).await;
        assert!(old.visit().await.all().is_empty());
        under_way.put("planted", 1).unwrap();
        old.leave(&under_way, Ending::Close).await.unwrap();
        assert_eq!(old.cookie, None, "F-24: the response to a guest never carries the user's id");
        let session = visitor.visit().await;
        assert!(is_ada(&session) && session.missing("planted"));
    })
    .await;
}

#[tokio::test]
async fn f_24_a_login_that_comes_after_a_renewal_takes_the_session_and_closes_the_way_to_it() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let (oldest, mut tab) = (visitor.twin(), visitor.twin());
        let form = visitor.visit().await;
        form.login("42").unwrap();
        tab.request(|session| session.regenerate().unwrap()).await;
        visitor.leave(&form, Ending::Close).await.unwrap();
        assert_eq!(visitor.visit().await.user().as_deref(), Some("42"));
        assert!(is_ada(&visitor.visit().await));
        for stale in [oldest, tab] {
            assert!(stale.visit().await.all().is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn a_renewal_after_a_login_in_one_request_gives_no_grace() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let old = visitor.twin();
        visitor.request(|session| session.login("42").and_then(|()| session.regenerate()).unwrap()).await;
        assert_eq!(visitor.visit().await.user().as_deref(), Some("42"));
        assert!(old.visit().await.all().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_renewal_alone_makes_no_session() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.regenerate().unwrap()).await;
        assert_eq!(visitor.cookie, None);
        assert_eq!(visitor.site.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn no_grace_is_a_grace_of_nothing() {
    for driver in ["file", "memory"] {
        let site = Site::with(driver, |config| config.regenerate_grace = 0);
        let mut visitor = site.visitor();
        known(&mut visitor).await;
        let old = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        assert!(old.visit().await.all().is_empty() && is_ada(&visitor.visit().await));
    }
}

#[tokio::test]
async fn fifty_requests_on_an_old_id_lose_nothing() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let old = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        at_once(&old, 50, |n, session| session.put(format!("key{n}"), n).unwrap()).await;
        assert_eq!(visitor.visit().await.all().len(), 51);
    })
    .await;
}

#[tokio::test]
async fn sr_09_an_old_id_s_answer_does_not_bring_back_a_cookie_that_a_login_replaced() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut slow = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        let reading = slow.visit().await;
        assert!(is_ada(&reading));
        visitor.request(|session| session.login("42").unwrap()).await;
        slow.leave(&reading, Ending::CloseAndAge).await.unwrap();
        assert_eq!(slow.cookie, None);
    })
    .await;
}

#[tokio::test]
async fn f_24_a_logout_beats_a_login_in_parallel_whichever_is_first() {
    on_each(KEEPING, async |visitor| {
        for login_first in [true, false] {
            let mut visitor = visitor.twin();
            known(&mut visitor).await;
            let (mut one, mut other) = (visitor.twin(), visitor.twin());
            let (login, logout) = (one.visit().await, other.visit().await);
            login.login("42").unwrap();
            logout.logout().unwrap();
            if login_first {
                one.leave(&login, Ending::Close).await.unwrap();
                other.leave(&logout, Ending::Close).await.unwrap();
            } else {
                other.leave(&logout, Ending::Close).await.unwrap();
                one.leave(&login, Ending::Close).await.unwrap();
                assert_eq!(one.cookie, None, "a login on an ended session creates none");
            }
            for mut browser in [one, other, visitor] {
                browser.request(|session| assert_eq!((session.user(), session.has("name")), (None, false))).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_logins_at_once_one_is_made() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let (mut one, mut other) = (visitor.twin(), visitor.twin());
        let (first, second) = (one.visit().await, other.visit().await);
        first.login("42").unwrap();
        second.login("43").unwrap();
        one.leave(&first, Ending::Close).await.unwrap();
        other.leave(&second, Ending::Close).await.unwrap();
        assert_eq!(one.visit().await.user().as_deref(), Some("42"));
        assert_eq!((other.cookie.clone(), other.visit().await.user()), (None, None));
        assert_eq!(visitor.site.count().await, 1, "no session is left behind");
    })
    .await;
}

#[tokio::test]
async fn sr_09_a_save_that_fails_does_not_bring_back_a_cookie_that_a_login_replaced() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut slow = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        let session = slow.visit().await;
        session.put("huge", "x".repeat(2 << 20)).unwrap();
        visitor.request(|session| session.login("42").unwrap()).await;
        assert!(slow.leave(&session, Ending::Close).await.is_err());
        assert_eq!(slow.cookie, None);
    })
    .await;
}

#[tokio::test]
async fn f_23_a_request_that_takes_longer_than_the_grace_loses_nothing() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let (mut slow, taker) = (visitor.twin(), visitor.twin());
        let (writing, taking) = (slow.visit().await, taker.visit().await);
        writing.put("city", "London").unwrap();
        for _ in 0..2 {
            visitor.request(|session| session.regenerate().unwrap()).await;
            visitor.site.advance(31);
        }
        slow.leave(&writing, Ending::Close).await.unwrap();
        assert_eq!(
            slow.cookie, None,
            "the browser has the new id, and it is not revealed to anyone else who knew the old one"
        );
        assert_eq!(taking.take::<String>("name").await.unwrap().as_deref(), Some("Ada"));
        let session = visitor.visit().await;
        assert!(session.has("city") && session.missing("name"));
    })
    .await;
}

#[tokio::test]
async fn sr_05_of_many_requests_that_find_an_id_too_old_one_writes() {
    let site = Site::with("six", |config| config.regenerate_every = Minutes(1.0));
    let mut visitor = site.visitor();
    known(&mut visitor).await;
    let old = visitor.twin();
    site.advance(60);
    let before = site.six.writes();
    at_once(&old, 50, |_, session| assert!(is_ada(session))).await;
    assert_eq!(site.six.writes() - before, 2, "the record under its new id, and the forward to it");
    visitor.request(|session| assert!(is_ada(session))).await;
    assert_ne!(visitor.id, old.id);
}

#[tokio::test]
async fn an_id_that_is_too_old_is_renewed_by_a_request_that_closes_early_too() {
    for driver in KEEPING {
        let mut visitor = Site::with(driver, |config| config.regenerate_every = Minutes(1.0)).visitor();
        known(&mut visitor).await;
        let old = visitor.id.clone();
        visitor.site.advance(60);
        let session = visitor.visit().await;
        session.save().await.unwrap();
        assert_eq!(session.id().unwrap().expose(), old.clone().unwrap(), "not in the middle of a request");
        session.close().await.unwrap();
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_ne!(visitor.id, old, "{driver}");
        assert!(is_ada(&visitor.visit().await));
    }
}
