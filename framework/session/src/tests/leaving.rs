//! An ended session stays ended: nothing brings it back.

use std::time::Instant;

use crate::{
    tests::visitor::{KEEPING, Site, Visitor, on_each},
    visit::{CookieChange, Ending, Session},
};

async fn known(visitor: &mut Visitor) {
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
}

async fn nothing_is_left(visitor: &Visitor, what: &str) {
    assert_eq!(visitor.site.count().await, 0, "{what}");
}

#[tokio::test]
async fn f_22_logout_beats_a_slow_save() {
    type Act = fn(&Session);
    let slow_requests: [(&str, Act); 6] = [
        ("put", |session| session.put("city", "London").unwrap()),
        ("increment", |session| session.increment("n").map(drop).unwrap()),
        ("update", |session| session.update("n", |n: &mut u8| *n += 1).unwrap()),
        ("flash", |session| session.flash("success", 1).unwrap()),
        ("regenerate", |session| session.regenerate().unwrap()),
        ("login", |session| session.login("42").unwrap()),
    ];
    for (what, act) in slow_requests {
        on_each(KEEPING, async |mut visitor| {
            known(&mut visitor).await;
            let mut slow = visitor.twin();
            let session = slow.visit().await;
            act(&session);
            visitor.request(|session| session.logout().unwrap()).await;
            slow.leave(&session, Ending::CloseAndAge).await.unwrap();
            assert_eq!(slow.cookie, None, "{what}");
            assert!(slow.visit().await.all().is_empty());
            nothing_is_left(&visitor, what).await;
        })
        .await;
    }
}

#[tokio::test]
async fn f_22_logout_beats_a_slow_read_that_is_due_to_be_noted() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        visitor.site.advance(600);
        let mut slow = visitor.twin();
        let session = slow.visit().await;
        visitor.request(|session| session.logout().unwrap()).await;
        slow.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(slow.cookie, None);
        nothing_is_left(&visitor, "touch").await;
    })
    .await;
}

#[tokio::test]
async fn f_22_a_save_before_the_logout_sends_no_cookie_after_it() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut slow = visitor.twin();
        let session = slow.visit().await;
        session.regenerate().unwrap();
        session.save().await.unwrap();
        visitor.id = Some(session.id().unwrap().expose());
        visitor.request(|session| session.logout().unwrap()).await;
        slow.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(slow.cookie, None);
        nothing_is_left(&visitor, "save").await;
    })
    .await;
}

#[tokio::test]
async fn f_22_writes_go_on_being_dropped_after_the_end_was_noticed() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut slow = visitor.twin();
        let session = slow.visit().await;
        visitor.request(|session| session.logout().unwrap()).await;
        session.put("a", 1).unwrap();
        session.save().await.unwrap();
        session.put("b", 1).unwrap();
        assert_eq!(session.take::<u8>("b").await.unwrap(), Some(1), "the request keeps the value that it put");
        assert_eq!(session.take::<String>("name").await.unwrap(), None);
        session.put("c", 1).unwrap();
        slow.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(slow.cookie, None);
        nothing_is_left(&visitor, "save").await;
    })
    .await;
}

#[tokio::test]
async fn f_23_logout_wins_over_a_renewal_that_came_first() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut tab = visitor.twin();
        let leaving = tab.visit().await;
        for _ in 0..2 {
            visitor.request(|session| session.regenerate().unwrap()).await;
        }
        leaving.logout().unwrap();
        tab.leave(&leaving, Ending::CloseAndAge).await.unwrap();
        assert_eq!(tab.cookie, Some(CookieChange::Remove));
        assert!(visitor.visit().await.all().is_empty(), "the successor is gone with its predecessor");
        nothing_is_left(&visitor, "renewal").await;
    })
    .await;
}

#[tokio::test]
async fn sr_22_an_old_id_ends_the_session_that_it_leads_to() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let old = visitor.id.clone().unwrap();
        visitor.request(|session| session.regenerate().unwrap()).await;
        assert!(visitor.site.manager.default_driver().await.unwrap().destroy(&old).await.unwrap());
        assert!(visitor.visit().await.all().is_empty());
        nothing_is_left(&visitor, "destroy").await;
    })
    .await;
}

#[tokio::test]
async fn sr_23_ending_a_user_s_sessions_ends_all_but_one() {
    on_each(["file", "memory"], async |visitor| {
        let mut browsers = Vec::new();
        for user in ["ada", "ada", "ada", "grace"] {
            let mut browser = visitor.site.visitor();
            browser.request(|session| session.login(user).unwrap()).await;
            browsers.push(browser);
        }
        let session = browsers[0].visit().await;
        session.put("slow", 1).unwrap();
        let ends = browsers[1].visit().await;
        // After a renewal the old id still leads to the session. Ending the session under the new id must end it all
        // the same.
        browsers[2].request(|session| session.regenerate().unwrap()).await;
        let except = browsers[1].digest();
        assert_eq!(ends.0.driver.store().end_user_sessions("ada", Some(&except)).await.unwrap(), 2);
        browsers[0].leave(&session, Ending::Close).await.unwrap();
        assert_eq!(browsers[0].cookie, None);
        let mut users = Vec::new();
        for browser in &browsers {
            users.push(browser.visit().await.user());
        }
        assert_eq!(
            users.iter().map(|user| user.as_deref()).collect::<Vec<_>>(),
            [None, Some("ada"), None, Some("grace")]
        );
    })
    .await;
}

#[tokio::test]
async fn leaving_while_a_save_is_under_way_leaves_nothing() {
    on_each(["six"], async |mut visitor| {
        for renew in [false, true] {
            known(&mut visitor).await;
            let session = visitor.visit().await;
            session.put("city", "London").unwrap();
            if renew {
                session.login("42").unwrap();
            }
            // The first poll begins the save. The logout comes before its result.
            let (saved, left) = tokio::join!(session.save(), async { session.logout() });
            saved.unwrap();
            left.unwrap();
            assert!(session.all().is_empty() && session.user().is_none());
            visitor.leave(&session, Ending::Close).await.unwrap();
            assert_eq!(visitor.cookie, Some(CookieChange::Remove));
            nothing_is_left(&visitor, "logout during a save").await;
        }
    })
    .await;
}

#[tokio::test]
async fn leaving_while_a_session_is_being_made_leaves_nothing() {
    on_each(["six"], async |mut visitor| {
        let session = visitor.visit().await;
        session.put("city", "London").unwrap();
        let (saved, left) = tokio::join!(session.save(), async { session.logout() });
        saved.unwrap();
        left.unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert!(session.all().is_empty() && visitor.id.is_none());
        nothing_is_left(&visitor, "logout during a creation").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sr_23_no_session_slips_away_by_being_renewed_while_its_user_s_sessions_end() {
    on_each(["file", "memory"], async |visitor| {
        let mut renewals = Vec::new();
        for _ in 0..20 {
            let mut browser = visitor.site.visitor();
            browser.request(|session| session.login("ada").unwrap()).await;
            renewals.push(tokio::spawn(async move {
                for _ in 0..100 {
                    browser.request(|session| session.regenerate().unwrap()).await;
                    tokio::task::yield_now().await;
                }
            }));
        }
        let driver = visitor.site.manager.driver(None).await.unwrap();
        tokio::task::yield_now().await;
        driver.store().end_user_sessions("ada", None).await.unwrap();
        for renewal in renewals {
            renewal.await.unwrap();
        }
        nothing_is_left(&visitor, "end of user").await;
    })
    .await;
}

#[tokio::test]
async fn f_23_a_logout_that_took_longer_than_the_grace_wins_over_a_renewal_too() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let mut tab = visitor.twin();
        let leaving = tab.visit().await;
        visitor.request(|session| session.regenerate().unwrap()).await;
        visitor.site.advance(30);
        leaving.logout().unwrap();
        tab.leave(&leaving, Ending::CloseAndAge).await.unwrap();
        assert!(visitor.visit().await.all().is_empty());
        nothing_is_left(&visitor, "renewal").await;
    })
    .await;
}

#[tokio::test]
async fn sr_23_a_session_of_a_list_ends_though_it_was_renewed_since() {
    on_each(["file", "memory"], async |mut visitor| {
        visitor.request(|session| session.login("ada").unwrap()).await;
        let listed =
            visitor.site.manager.default_driver().await.unwrap().user_sessions("ada").await.unwrap().remove(0).digest;
        visitor.request(|session| session.regenerate().unwrap()).await;
        assert!(visitor.site.manager.default_driver().await.unwrap().destroy_digest(&listed).await.unwrap());
        assert!(visitor.visit().await.user().is_none());
        nothing_is_left(&visitor, "destroy by digest").await;
    })
    .await;
}

#[tokio::test]
async fn sr_50_who_renews_an_id_often_does_not_make_ending_the_sessions_of_others_dear() {
    let mut visitor = Site::new("file").visitor();
    visitor.request(|session| session.login("ada").unwrap()).await;
    let began = Instant::now();
    for _ in 0..1_000 {
        visitor.request(|session| session.regenerate().unwrap()).await;
    }
    let (renewing, began) = (began.elapsed(), Instant::now());
    assert_eq!(visitor.site.manager.default_driver().await.unwrap().end_user_sessions("grace", None).await.unwrap(), 0);
    let ending = began.elapsed();
    assert!(ending < renewing, "each forward was followed to its end: {ending:?} and not {renewing:?}");
    assert_eq!(visitor.site.manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap(), 1);
    nothing_is_left(&visitor, "end of user").await;
}

#[tokio::test]
async fn a_save_after_a_logout_ends_the_session_at_once() {
    on_each(KEEPING, async |mut visitor| {
        for close in [false, true] {
            known(&mut visitor).await;
            let session = visitor.visit().await;
            session.logout().unwrap();
            if close { session.close().await } else { session.save().await }.unwrap();
            nothing_is_left(&visitor, "logout").await;
            visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
            assert_eq!(visitor.cookie, Some(CookieChange::Remove));
        }
    })
    .await;
}
