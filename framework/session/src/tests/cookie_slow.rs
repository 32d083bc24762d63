//! The driver `cookie` with `revocations`, and slow requests: what happens in the meantime stays in effect.

use crate::{
    tests::{
        cookie_list::logged_in,
        visitor::{Site, Visitor},
    },
    visit::{Ending, Session},
};

async fn is_in(visitor: &Visitor) -> bool {
    visitor.visit().await.user().is_some()
}

#[tokio::test]
async fn sr_23_who_has_been_ended_with_all_others_does_not_come_back_by_ending_the_others() {
    let site = Site::new("listed");
    let [mut thief] = logged_in(&site).await;
    let slow = thief.visit().await;
    let digest = slow.id().unwrap().digest();
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", None).await.unwrap();
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", Some(&digest)).await.unwrap();
    thief.leave(&slow, Ending::Close).await.unwrap();
    assert!(!is_in(&thief).await);

    let [this, other] = logged_in(&site).await;
    let digest = this.visit().await.id().unwrap().digest();
    let ended = other.visit().await.id().unwrap().digest();
    for _ in 0..2 {
        site.manager.default_driver().await.unwrap().end_user_sessions("ada", Some(&digest)).await.unwrap();
        assert!(is_in(&this).await && !is_in(&other).await, "a session that was spared twice is kept");
    }
    site.manager.default_driver().await.unwrap().end_user_sessions("ada", Some(&ended)).await.unwrap();
    assert!(!is_in(&this).await && !is_in(&other).await);
}

#[tokio::test]
async fn a_visit_that_is_only_noted_answers_no_old_cookie_after_a_renewal_or_a_login() {
    let renewals: [fn(&Session); 2] =
        [|session| session.regenerate().unwrap(), |session| session.login("ada").unwrap()];
    for renew in renewals {
        let site = Site::new("listed");
        let [mut visitor] = logged_in(&site).await;
        site.advance(600);
        let mut tab = visitor.twin();
        let slow = tab.visit().await;
        visitor.request(renew).await;
        let before = tab.id.clone();
        tab.leave(&slow, Ending::Close).await.unwrap();
        assert!(tab.id == before, "the old session would replace the new one in the browser");
        assert_eq!(slow.cookie_value().unwrap(), None);
    }
}

#[tokio::test]
async fn a_renewal_that_the_list_has_noted_without_an_answer_can_be_tried_again() {
    let site = Site::new("listed");
    let [mut visitor] = logged_in(&site).await;
    let old = visitor.twin();
    let session = visitor.visit().await;
    session.put("n", 1).unwrap();
    session.regenerate().unwrap();
    site.six.lose_replies(true);
    assert!(session.save().await.unwrap_err().is_unavailable());
    site.six.lose_replies(false);
    visitor.leave(&session, Ending::Close).await.unwrap();
    assert!(is_in(&visitor).await && visitor.visit().await.has("n"));
    site.advance(30);
    assert!(is_in(&visitor).await && !is_in(&old).await);
}
