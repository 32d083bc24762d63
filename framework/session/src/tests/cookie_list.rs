//! The driver `cookie` with `revocations`: a session that was ended on the server is invalid in every copy of its
//! cookie.

use std::sync::Arc;

use salon_core::support::Timestamp;

use crate::{
    config::OnStoreError,
    error::Error,
    events::SessionEvent,
    tests::visitor::{Site, Visitor},
    visit::{CookieChange, Ending, Session},
};

/// A user who is logged in with this many browsers.
pub(super) async fn logged_in<const N: usize>(site: &Arc<Site>) -> [Visitor; N] {
    let mut visitors = std::array::from_fn(|_| site.visitor());
    for visitor in &mut visitors {
        visitor.request(|session| session.login("ada").unwrap()).await;
    }
    visitors
}

async fn is_in(visitor: &Visitor) -> bool {
    visitor.visit().await.user().is_some()
}

/// An app whose list really forgets expired entries, and the number of entries in the list.
fn forgetting() -> (Arc<Site>, impl AsyncFn() -> u64) {
    let site = Site::with("listed", |config| config.revocations = "memory".to_owned());
    let of = Arc::clone(&site);
    let entries = async move || {
        let list = of.manager.driver(Some("memory")).await.unwrap();
        list.store().count(Timestamp::default()).await.unwrap()
    };
    (site, entries)
}

fn sends_a_cookie(change: Option<&CookieChange>) -> bool {
    matches!(change, Some(CookieChange::Set { .. }))
}

#[tokio::test]
async fn sr_48_a_copied_cookie_is_dead_after_the_logout() {
    let (site, entries) = forgetting();
    let [mut visitor] = logged_in(&site).await;
    let copy = visitor.twin();
    assert!(is_in(&copy).await);
    visitor.request(|session| session.logout().unwrap()).await;
    for _ in 0..5 {
        assert!(!is_in(&copy).await);
        site.advance(1_440);
        site.manager.driver(None).await.unwrap().gc().await.unwrap();
    }
    assert!(!is_in(&copy).await, "it has expired on its own");
    assert_eq!(entries().await, 1);
    site.advance(3_600);
    site.manager.driver(None).await.unwrap().gc().await.unwrap();
    assert_eq!(entries().await, 0, "and the list forgets it then");
}

#[tokio::test]
async fn sr_48_the_cookie_of_before_a_login_or_an_end_is_dead() {
    let site = Site::new("listed");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("cart", 1).unwrap()).await;
    let before = visitor.twin();
    visitor.request(|session| session.login("ada").unwrap()).await;
    assert!(before.visit().await.missing("cart"));
    let copy = visitor.twin();
    visitor.request(|session| session.invalidate().unwrap()).await;
    assert!(!is_in(&copy).await);
}

#[tokio::test]
async fn f_22_a_slow_request_brings_nothing_back_after_the_logout() {
    let site = Site::new("listed");
    let [mut visitor] = logged_in(&site).await;
    let mut tabs: Vec<_> = (0..4).map(|_| visitor.twin()).collect();
    let mut slow = Vec::new();
    for tab in &tabs {
        slow.push(tab.visit().await);
    }
    site.advance(600);
    slow[0].put("n", 1).unwrap();
    slow[1].regenerate().unwrap();
    slow[2].login("ada").unwrap();
    // And one whose activity is only to be recorded.
    visitor.request(|session| session.logout().unwrap()).await;
    for (tab, session) in tabs.iter_mut().zip(&slow) {
        tab.leave(session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(tab.cookie, None);
        assert!(!is_in(tab).await);
    }
}

#[tokio::test]
async fn a_renewed_session_is_read_by_its_old_cookie_within_the_grace_and_written_by_its_new_one_only() {
    let site = Site::new("listed");
    let [mut visitor] = logged_in(&site).await;
    let old = visitor.twin();
    visitor.request(|session| session.regenerate().unwrap()).await;
    let mut tab = old.twin();
    assert!(is_in(&tab).await);
    site.advance(29);
    let session = tab.visit().await;
    session.put("n", 1).unwrap();
    let error = tab.leave(&session, Ending::Close).await.unwrap_err();
    assert!(matches!(error, Error::Superseded) && error.is_unavailable(), "{error}");
    assert_eq!(tab.cookie, None, "it would replace the new one");
    let session = tab.visit().await;
    session.regenerate().unwrap();
    assert!(matches!(tab.leave(&session, Ending::Close).await, Err(Error::Superseded)), "its token would be lost");
    assert_eq!(tab.cookie, None, "one session does not become two");
    site.advance(1);
    assert!(!is_in(&old).await && is_in(&visitor).await);
    site.advance(600);
    assert!(!is_in(&old).await && is_in(&visitor).await);
}

#[tokio::test]
async fn a_write_under_the_old_cookie_is_an_error_and_succeeds_with_the_new_one() {
    type Act = fn(&Session) -> crate::error::Result<()>;
    let acts: [Act; 3] =
        [|session| session.put("n", 1), |session| session.flash("status", "Saved."), |session| session.login("grace")];
    for act in acts {
        let site = Site::new("listed");
        let [mut visitor] = logged_in(&site).await;
        let mut old = visitor.twin();
        // Once before the request begins, and once while it is under way.
        let under_way = old.visit().await;
        visitor.request(|session| session.regenerate().unwrap()).await;
        for session in [old.visit().await, under_way] {
            act(&session).unwrap();
            assert!(matches!(session.save().await, Err(Error::Superseded)));
            assert!(matches!(old.leave(&session, Ending::CloseAndAge).await, Err(Error::Superseded)));
            assert_eq!(old.cookie, None);
        }
        visitor.request(|session| act(session).unwrap()).await;
        let session = visitor.visit().await;
        assert!(session.has("n") || session.has("status") || session.user().as_deref() == Some("grace"));
    }
}

#[tokio::test]
async fn a_page_under_the_old_cookie_is_shown_though_it_cannot_be_noted() {
    let site = Site::new("listed");
    let [mut visitor] = logged_in(&site).await;
    visitor.request(|session| session.flash("status", "Saved.").unwrap()).await;
    let mut old = visitor.twin();
    let page = old.visit().await;
    visitor.request(|session| session.regenerate().unwrap()).await;
    assert!(page.has("status"));
    page.set_previous_url("/books").unwrap();
    old.leave(&page, Ending::CloseAndAge).await.unwrap();
    assert_eq!(old.cookie, None);
}

#[tokio::test]
async fn f_23_a_logout_by_the_old_cookie_ends_the_renewed_session_too() {
    let site = Site::new("listed");
    let [mut visitor] = logged_in(&site).await;
    let mut old = visitor.twin();
    let copy = old.twin();
    visitor.request(|session| session.regenerate().unwrap()).await;
    old.request(|session| session.logout().unwrap()).await;
    assert!(!is_in(&visitor).await && !is_in(&copy).await);
}

/// A visitor who is logged in and has renewed the session this often, and the cookies of before.
async fn renewed(site: &Arc<Site>, times: usize) -> (Visitor, Vec<Visitor>) {
    let [mut visitor] = logged_in(site).await;
    let mut old = Vec::new();
    for _ in 0..times {
        old.push(visitor.twin());
        visitor.request(|session| session.regenerate().unwrap()).await;
    }
    for copy in &old {
        assert!(is_in(copy).await, "the grace is not over");
    }
    (visitor, old)
}

#[tokio::test]
async fn sr_48_every_cookie_of_before_a_renewal_is_dead_after_the_logout() {
    let acts: [fn(&Session); 3] = [
        |session| session.logout().unwrap(),
        |session| session.invalidate().unwrap(),
        |session| session.login("grace").unwrap(),
    ];
    for act in acts {
        let site = Site::new("listed");
        let (mut visitor, old) = renewed(&site, 3).await;
        visitor.request(act).await;
        for copy in &old {
            assert!(!is_in(copy).await);
        }
    }
}

#[tokio::test]
async fn sr_23_the_cookies_of_before_a_renewal_end_with_the_user_s_sessions() {
    let site = Site::new("listed");
    let (_visitor, old) = renewed(&site, 2).await;
    site.manager.driver(None).await.unwrap().end_user_sessions("ada", None).await.unwrap();
    for copy in &old {
        assert!(!is_in(copy).await);
    }
}

#[tokio::test]
async fn sr_23_the_cookie_of_before_a_renewal_of_the_session_that_stays_is_read_for_its_grace() {
    let site = Site::new("listed");
    let (mut staying, before) = renewed(&site, 1).await;
    let (_ending, of_another) = renewed(&site, 1).await;
    let session = staying.visit().await;
    let digest = session.id().unwrap().digest();
    site.manager.driver(None).await.unwrap().end_user_sessions("ada", Some(&digest)).await.unwrap();
    staying.leave(&session, Ending::CloseAndAge).await.unwrap();
    assert!(is_in(&staying).await && is_in(&before[0]).await && !is_in(&of_another[0]).await);
}

#[tokio::test]
async fn an_operator_ends_a_session_by_its_id_or_digest() {
    let site = Site::new("listed");
    let [first, second, third] = logged_in(&site).await;
    let id = first.visit().await.id().unwrap();
    assert!(site.manager.default_driver().await.unwrap().destroy(&id.expose()).await.unwrap());
    assert!(!site.manager.default_driver().await.unwrap().destroy(&id.expose()).await.unwrap());
    assert!(
        site.manager
            .default_driver()
            .await
            .unwrap()
            .destroy_digest(&second.visit().await.id().unwrap().digest())
            .await
            .unwrap()
    );
    assert!(!is_in(&first).await && !is_in(&second).await && is_in(&third).await);
}

#[tokio::test]
async fn sr_23_all_sessions_of_a_user_end_and_new_ones_live() {
    let (site, entries) = forgetting();
    let [first, second] = logged_in(&site).await;
    let mut stranger = site.visitor();
    stranger.request(|session| session.login("grace").unwrap()).await;
    assert_eq!(
        site.manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap(),
        0,
        "the number is unknown"
    );
    assert!(!is_in(&first).await && !is_in(&second).await && is_in(&stranger).await);
    let [mut third] = logged_in(&site).await;
    assert!(is_in(&third).await);
    third.request(|session| session.put("n", 1).unwrap()).await;
    assert!(is_in(&third).await);

    // At the same instant, by a clock that stands still, and after the list has forgotten the first end.
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap();
    assert!(!is_in(&third).await);
    let [mut fourth] = logged_in(&site).await;
    for _ in 0..10 {
        site.advance(3_600);
        site.manager.driver(None).await.unwrap().gc().await.unwrap();
        fourth.request(|session| assert!(session.user().is_some())).await;
    }
    assert_eq!(entries().await, 0);
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap();
    assert!(!is_in(&fourth).await);
}

#[tokio::test]
async fn sr_23_the_others_end_and_this_session_goes_on_in_the_new_epoch() {
    let site = Site::new("listed");
    let [mut this, other] = logged_in(&site).await;
    let copy = this.twin();
    let session = this.visit().await;
    let digest = session.id().unwrap().digest();
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", Some(&digest)).await.unwrap();
    this.leave(&session, Ending::Close).await.unwrap();
    assert!(!is_in(&other).await && is_in(&copy).await);
    this.request(|session| assert!(session.user().is_some())).await;
    assert!(sends_a_cookie(this.cookie.as_ref()), "it is sealed again");
    this.request(|session| assert!(session.user().is_some())).await;
    assert_eq!(this.cookie, None, "once");
    // Renewed, and ended because another session logged out all others.
    this.request(|session| session.regenerate().unwrap()).await;
    assert!(is_in(&this).await);
    let [another] = logged_in(&site).await;
    let digest = another.visit().await.id().unwrap().digest();
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", Some(&digest)).await.unwrap();
    assert!(!is_in(&this).await && is_in(&another).await);
}

#[tokio::test]
async fn sr_23_who_has_a_new_id_and_ends_the_others_in_one_request_stays() {
    let site = Site::new("listed");
    let [mut visitor, other] = logged_in(&site).await;
    let session = visitor.visit().await;
    session.regenerate().unwrap();
    site.manager
        .default_driver()
        .await
        .unwrap()
        .end_user_sessions("ada", Some(&session.id().unwrap().digest()))
        .await
        .unwrap();
    visitor.leave(&session, Ending::Close).await.unwrap();
    assert!(is_in(&visitor).await && !is_in(&other).await);
}

#[tokio::test]
async fn sr_23_a_slow_request_of_a_user_whose_sessions_have_ended_answers_no_cookie() {
    let site = Site::new("listed");
    let [mut writer, mut reader] = logged_in(&site).await;
    let (writing, reading) = (writer.visit().await, reader.visit().await);
    site.advance(600);
    writing.put("n", 1).unwrap();
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap();
    writer.leave(&writing, Ending::Close).await.unwrap();
    reader.leave(&reading, Ending::Close).await.unwrap();
    assert_eq!((writer.cookie, reader.cookie), (None, None));
}

#[tokio::test]
async fn a_list_that_does_not_answer_is_an_error_and_never_not_revoked() {
    let site = Site::new("listed");
    let [visitor, mut leaving] = logged_in(&site).await;
    let copy = leaving.twin();
    leaving.request(|session| session.logout().unwrap()).await;
    site.six.fail_reads(true);
    for visitor in [&visitor, &copy] {
        let error = visitor.try_visit().await.unwrap_err();
        assert!(error.is_unavailable(), "{error}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "the driver `six`, which stores the revocations, failed: the ledger cannot be read");
    }
    let mut stranger = site.visitor();
    stranger.request(|session| session.put("n", 1).unwrap()).await;
    assert!(sends_a_cookie(stranger.cookie.as_ref()), "a visitor without a cookie needs no lookup in the list");
    assert!(stranger.try_visit().await.is_err());
    site.six.fail_reads(false);

    let mut staying = visitor.twin();
    let session = staying.visit().await;
    session.logout().unwrap();
    site.six.fail_writes(true);
    assert!(staying.leave(&session, Ending::Close).await.unwrap_err().is_unavailable(), "no logout is acknowledged");
    site.six.fail_writes(false);
    assert!(is_in(&visitor).await && !is_in(&copy).await);
}

#[tokio::test]
async fn on_store_error_anonymous_serves_reads_without_a_session() {
    let site = Site::with("listed", |config| config.on_store_error = OnStoreError::Anonymous);
    let [visitor] = logged_in(&site).await;
    site.six.fail_reads(true);
    assert!(visitor.try_visit().await.unwrap_err().is_unavailable(), "as `StartSession` expects it");
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_ends_what_it_is_about_and_a_new_login_mends_it() {
    let site = Site::new("listed");
    let [mut visitor, another] = logged_in(&site).await;
    site.manager
        .default_driver()
        .await
        .unwrap()
        .end_user_sessions("ada", Some(&another.visit().await.id().unwrap().digest()))
        .await
        .unwrap();
    visitor.request(|session| session.login("ada").unwrap()).await;
    assert!(is_in(&visitor).await && is_in(&another).await);
    site.advance(1);
    site.six.spoil();
    assert!(!is_in(&visitor).await && !is_in(&another).await);
    let [again] = logged_in(&site).await;
    assert!(is_in(&again).await && !is_in(&visitor).await);
}

#[tokio::test]
async fn without_a_cookie_the_list_is_not_asked_and_with_one_it_is_asked_once() {
    let site = Site::new("listed");
    let reads = || site.six.reads();
    let mut visitor = site.visitor();
    visitor.request(|session| assert!(session.missing("n"))).await;
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    assert_eq!((reads(), site.six.writes()), (0, 0));
    visitor.request(|session| assert!(session.has("n"))).await;
    assert_eq!((reads(), site.six.writes()), (1, 0));
    visitor.request(|session| session.put("n", 2).unwrap()).await;
    assert_eq!((reads(), site.six.writes()), (3, 0), "and once more before the answer of a save");
}

#[tokio::test]
async fn events_tell_of_what_ends() {
    let site = Site::new("listed");
    let events = Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    site.manager.listen(move |event| heard.lock().unwrap().push(event.clone()));
    let [mut visitor] = logged_in(&site).await;
    let old = visitor.twin();
    visitor.request(|session| session.login("ada").unwrap()).await;
    site.advance(30);
    assert!(!is_in(&old).await);
    visitor.request(|session| session.logout().unwrap()).await;
    let has = |wanted: fn(&SessionEvent) -> bool| events.lock().unwrap().iter().any(wanted);
    assert!(has(|event| matches!(event, SessionEvent::Created { .. })));
    assert!(has(|event| matches!(event, SessionEvent::Regenerated { .. })));
    assert!(
        has(|event| matches!(event, SessionEvent::ObsoleteId { .. })),
        "an old cookie is distinguished from an unknown one"
    );
    assert!(has(|event| matches!(event, SessionEvent::Destroyed { .. })));
}

#[tokio::test]
async fn a_list_that_keeps_nothing_is_refused() {
    let site = Site::new("listed").beside(None, |config| config.revocations = "nowhere".to_owned());
    let error = site.manager.driver(None).await.unwrap_err();
    assert!(matches!(&error, Error::UnknownDriver { name, .. } if name == "nowhere"), "{error}");
}
