//! The life of a session, from its start to the last save.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use serde_json::{Value, json};

use crate::{
    error::Error,
    tests::visitor::{ALONE, DRIVERS, KEEPING, on_each},
    visit::{CookieChange, Ending},
};

#[tokio::test]
async fn a_save_in_mid_request_is_seen_at_once_and_what_follows_is_saved_too() {
    on_each(KEEPING, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("step", 1).unwrap();
        session.save().await.unwrap();
        let twin = {
            let mut twin = visitor.twin();
            twin.id = Some(session.id().unwrap().expose());
            twin
        };
        assert_eq!(twin.visit().await.get::<u8>("step").unwrap(), Some(1));
        assert_eq!(session.increment("step").unwrap(), 2);
        session.push("list", "a").unwrap();
        session.save().await.unwrap();
        session.push("list", "b").unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(Value::from(session.all()), json!({ "step": 2, "list": ["a", "b"] }));
        assert_eq!(visitor.site.count().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_save_brings_in_what_parallel_requests_have_saved() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let session = visitor.visit().await;
        visitor.request(|session| session.put("other", 1).unwrap()).await;
        session.increment("n").unwrap();
        session.save().await.unwrap();
        assert!(session.has("other"));
        session.increment("n").unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(Value::from(visitor.visit().await.all()), json!({ "n": 3, "other": 1 }));
    })
    .await;
}

#[tokio::test]
async fn saving_nothing_costs_nothing() {
    on_each(["six"], async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let writes = visitor.site.six.writes();
        let session = visitor.visit().await;
        assert!(session.has("n"));
        session.save().await.unwrap();
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!((visitor.site.six.writes(), visitor.cookie), (writes, None));
    })
    .await;
}

#[tokio::test]
async fn f_33_after_close_reading_goes_on_and_writing_is_an_error() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("n", 1).unwrap();
        let token = session.token().unwrap();
        session.close().await.unwrap();
        assert_eq!(session.get::<u8>("n").unwrap(), Some(1), "a long response still shows the old values");
        assert_eq!(session.all().len(), 1);
        assert_eq!(session.token().unwrap(), token);
        assert!(session.token_matches(&session.csrf_token().unwrap()));
        for refused in [
            session.put("n", 2),
            session.forget("n"),
            session.flush(),
            session.flash("n", 1),
            session.now("n", 1),
            session.temp("n", 1, None),
            session.increment("n").map(drop),
            session.regenerate(),
            session.invalidate(),
            session.login("42"),
            session.reflash(),
            session.save().await,
            session.close().await,
            session.take::<u8>("n").await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::Closed)));
        }
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(visitor.visit().await.has("n"), visitor.keeps());
    })
    .await;
}

#[tokio::test]
async fn a_second_start_changes_nothing() {
    on_each(DRIVERS, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let session = visitor.visit().await;
        session.put("n", 2).unwrap();
        session.start().await.unwrap();
        assert_eq!(session.get::<u8>("n").unwrap(), Some(2));
    })
    .await;
}

#[tokio::test]
async fn two_starts_at_once_are_one() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let driver = visitor.site.manager.driver(None).await.unwrap();
        let session = visitor.site.manager.build_session(driver, visitor.id.as_deref());
        let second = async {
            session.start().await.unwrap();
            session.increment("n").unwrap();
        };
        let (first, ()) = tokio::join!(session.start(), second);
        first.unwrap();
        assert_eq!(session.get::<u8>("n").unwrap(), Some(2));
    })
    .await;
}

#[tokio::test]
async fn two_saves_at_once_make_one_session() {
    on_each(KEEPING, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("n", 1).unwrap();
        let (first, second, third) = tokio::join!(session.save(), session.save(), session.save());
        first.and(second).and(third).unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.get::<u8>("n").unwrap(), Some(1));
        assert_eq!(visitor.site.count().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_write_while_a_save_is_under_way_is_not_lost() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let session = visitor.visit().await;
        session.increment("n").unwrap();
        let (saved, counted) = tokio::join!(session.save(), async { session.increment("n") });
        saved.unwrap();
        assert_eq!(counted.unwrap(), 3);
        assert_eq!(session.get::<u8>("n").unwrap(), Some(3));
        assert_eq!(visitor.next(&session).await.get::<u8>("n").unwrap(), Some(3));
    })
    .await;
}

#[tokio::test]
async fn a_write_while_the_session_closes_is_an_error_and_never_lost() {
    on_each(["file", "six"], async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let session = visitor.visit().await;
        session.increment("n").unwrap();
        let (closed, (seen, written)) =
            tokio::join!(session.close(), async { (session.get::<u8>("n"), session.put("late", 1)) });
        closed.unwrap();
        assert_eq!(seen.unwrap(), Some(2));
        assert!(matches!(written, Err(Error::Closed)));
    })
    .await;
}

#[tokio::test]
async fn a_login_while_a_save_is_under_way_is_not_lost() {
    on_each(["file", "six"], async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let old = visitor.twin();
        let session = visitor.visit().await;
        session.increment("n").unwrap();
        let (saved, logged_in) = tokio::join!(session.save(), async { session.login("42") });
        saved.and(logged_in).unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.user().as_deref(), Some("42"));
        assert_ne!(visitor.id, old.id);
        assert!(old.visit().await.all().is_empty());
    })
    .await;
}

#[tokio::test]
async fn f_31_a_failed_request_leaves_the_session_as_it_was() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).and_then(|()| session.flash("success", 1)).unwrap()).await;
        let before = visitor.twin();
        let session = visitor.visit().await;
        session.put("n", 2).unwrap();
        session.login("42").unwrap();
        session.now("info", 1).unwrap();
        visitor.leave(&session, Ending::Fail).await.unwrap();
        assert_eq!((&visitor.id, &visitor.cookie), (&before.id, &None));
        let session = visitor.visit().await;
        assert_eq!(Value::from(session.all()), json!({ "n": 1, "success": 1 }));
        assert_eq!(session.user(), None);
    })
    .await;
}

#[tokio::test]
async fn f_31_a_failed_request_makes_no_session() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("n", 2).unwrap();
        visitor.leave(&session, Ending::Fail).await.unwrap();
        assert_eq!((&visitor.id, visitor.site.count().await), (&None, 0));
    })
    .await;
}

#[tokio::test]
async fn f_31_what_a_request_has_saved_and_ended_stays_so_though_it_fails() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let session = visitor.visit().await;
        session.put("n", 2).unwrap();
        session.save().await.unwrap();
        session.put("n", 3).unwrap();
        visitor.leave(&session, Ending::Fail).await.unwrap();
        let session = visitor.visit().await;
        assert_eq!(session.get::<u8>("n").unwrap(), Some(2));
        session.invalidate().unwrap();
        session.put("n", 4).unwrap();
        visitor.leave(&session, Ending::Fail).await.unwrap();
        assert_eq!(visitor.cookie, Some(CookieChange::Remove));
        assert_eq!(visitor.site.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn f_30_a_commit_goes_on_though_the_client_leaves() {
    on_each(["file", "six"], async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let session = visitor.visit().await;
        session.put("n", 2).unwrap();
        {
            let mut end = pin!(session.commit(Ending::Close));
            // Started, and then dropped.
            let _ = poll_fn(|context| Poll::Ready(end.as_mut().poll(context))).await;
        }
        // The next commit of the same handle comes after the dropped one.
        session.commit(Ending::Close).await.unwrap();
        assert_eq!(visitor.visit().await.get::<u8>("n").unwrap(), Some(2));
    })
    .await;
}

#[tokio::test]
async fn f_39_a_save_that_is_given_up_at_any_step_loses_and_doubles_nothing() {
    on_each(["file", "six"], async |mut visitor| {
        visitor.request(|session| session.put("n", 0).unwrap()).await;
        for polls in 1..8 {
            let session = visitor.visit().await;
            session.increment("n").unwrap();
            {
                let mut save = pin!(session.save());
                for _ in 0..polls {
                    if poll_fn(|context| Poll::Ready(save.as_mut().poll(context))).await.is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            visitor.leave(&session, Ending::Close).await.unwrap();
            assert_eq!(visitor.visit().await.get::<u8>("n").unwrap(), Some(polls), "given up after {polls} polls");
        }
    })
    .await;
}
