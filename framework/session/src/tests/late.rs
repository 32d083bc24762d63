//! Requests that take longer than the grace period of a renewal.

use crate::{
    config::Minutes,
    tests::visitor::{KEEPING, Site, on_each},
    visit::Ending,
};

#[tokio::test]
async fn sr_05_a_late_answer_does_not_bring_back_an_id_whose_grace_has_ended() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let mut slow = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        let writing = slow.visit().await;
        writing.put("city", "London").unwrap();
        visitor.request(|session| session.regenerate().unwrap()).await;
        visitor.site.advance(31);
        slow.leave(&writing, Ending::Close).await.unwrap();
        assert_eq!(slow.cookie, None, "the browser has a newer id, and would lose its session");
        assert!(visitor.visit().await.has("city"));
    })
    .await;
}

#[tokio::test]
async fn sr_05_a_late_request_that_saves_more_than_once_does_not_get_the_new_id_either() {
    for writes in [true, false] {
        for driver in KEEPING {
            let site = Site::with(driver, |config| config.regenerate_every = Minutes(5.0));
            let mut visitor = site.visitor();
            visitor.request(|session| session.put("name", "Ada").unwrap()).await;
            let mut slow = visitor.twin();
            let writing = slow.visit().await;
            visitor.request(|session| session.regenerate().unwrap()).await;
            site.advance(31);
            writing.put("city", "London").unwrap();
            writing.save().await.unwrap();
            site.advance(300);
            if writes {
                writing.put("city", "Paris").unwrap();
            }
            slow.leave(&writing, Ending::Close).await.unwrap();
            assert_eq!(slow.cookie, None, "{driver}, writes: {writes}");
            let city = visitor.visit().await.get::<String>("city").unwrap();
            assert_eq!(city.as_deref(), Some(if writes { "Paris" } else { "London" }), "{driver}");
        }
    }
}

#[tokio::test]
async fn sr_50_however_often_an_id_is_renewed_meanwhile_a_late_request_ends_the_server_for_nobody() {
    for (renewals, is_kept) in [(990, true), (3_000, false)] {
        let mut visitor = Site::new("memory").visitor();
        visitor.request(|session| session.put_many([("name", "Ada"), ("coupon", "WELCOME")]).unwrap()).await;
        let (mut slow, taker) = (visitor.twin(), visitor.twin());
        let (writing, taking) = (slow.visit().await, taker.visit().await);
        writing.put("city", "London").unwrap();
        for _ in 0..renewals {
            visitor.request(|session| session.regenerate().unwrap()).await;
        }
        slow.leave(&writing, Ending::Close).await.unwrap();
        assert_eq!(taking.take::<String>("coupon").await.unwrap().is_some(), is_kept);
        let session = visitor.visit().await;
        assert_eq!((session.has("name"), session.has("city")), (true, is_kept), "{renewals} renewals");
    }
}

#[tokio::test]
async fn f_22_a_logout_that_cannot_follow_all_renewals_says_so() {
    let mut visitor = Site::new("memory").visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    let mut slow = visitor.twin();
    let leaving = slow.visit().await;
    leaving.logout().unwrap();
    for _ in 0..1_001 {
        visitor.request(|session| session.regenerate().unwrap()).await;
    }
    assert!(slow.leave(&leaving, Ending::Close).await.is_err(), "the session is still alive");
    visitor.request(|session| session.logout().unwrap()).await;
    assert_eq!(visitor.site.count().await, 0);
}
