//! How a session's lock ends: released, lost, or left behind.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;

use crate::{
    contract::Id,
    error::Error,
    tests::{
        block::{alone, impatient, is_locked},
        fallback::held::Held,
        visitor::{KEEPING, Site, on_each},
    },
    visit::{Ending, SessionDriver, block},
};

#[tokio::test]
async fn a_lock_is_released_by_close_and_by_every_end_of_a_request() {
    for driver in KEEPING {
        for ending in [Ending::Release, Ending::Close, Ending::CloseAndAge, Ending::Fail] {
            for writes in [true, false] {
                let visitor = impatient(driver).await;
                let session = alone(&visitor).await;
                assert!(is_locked(&visitor).await);
                if writes {
                    session.put("city", "London").unwrap();
                }
                session.commit(ending).await.unwrap();
                assert!(!is_locked(&visitor).await, "{driver} {ending:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_save_in_the_middle_of_a_request_keeps_the_lock() {
    for driver in KEEPING {
        let visitor = impatient(driver).await;
        let session = alone(&visitor).await;
        for city in ["London", "Paris"] {
            session.put("city", city).unwrap();
            session.save().await.unwrap();
            assert!(is_locked(&visitor).await, "{driver}");
        }
        session.close().await.unwrap();
        assert_eq!(visitor.visit().await.get::<String>("city").unwrap().as_deref(), Some("Paris"));
        assert!(!is_locked(&visitor).await);
    }
}

#[tokio::test]
async fn f_25_a_request_that_is_dropped_gives_the_lock_back() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let session = alone(&visitor).await;
        session.put("name", "Grace").unwrap();
        drop(session);
        assert_eq!(alone(&visitor).await.get::<String>("name").unwrap().as_deref(), Some("Ada"));
    })
    .await;
}

#[tokio::test]
async fn f_25_a_task_of_a_request_whose_client_left_saves_nothing_while_another_request_has_the_session() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        let session = alone(&visitor).await;
        let task = session.clone();
        task.put("n", 100).unwrap();
        session.abandon();
        drop(session);
        let next = alone(&visitor).await;
        assert!(matches!(task.put("n", 200), Err(Error::Closed)) && matches!(task.save().await, Err(Error::Closed)));
        assert_eq!(next.get::<u8>("n").unwrap(), Some(1));
        next.close().await.unwrap();
        assert_eq!(visitor.visit().await.get::<u8>("n").unwrap(), Some(1));
    })
    .await;
}

#[tokio::test]
async fn f_25_a_client_that_leaves_while_the_last_save_fails_or_after_a_logout_leaves_no_lock_to_a_task() {
    for logs_out in [true, false] {
        let mut visitor = Site::with("six", |config| config.lock_wait = 1).visitor();
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        visitor.site.advance(3_600);
        let session = alone(&visitor).await;
        let task = session.clone();
        if logs_out {
            session.logout().unwrap();
        } else {
            visitor.site.six.fail_writes(true);
            // Only the activity of the request is to be written.
            assert!(session.commit(Ending::Close).now_or_never().is_none(), "it has started");
        }
        session.abandon();
        drop(session);
        // The commit keeps its turn until it has failed.
        drop(task.store_permit().await);
        visitor.site.six.fail_writes(false);
        assert!(alone(&visitor).await.has("name"), "logs out: {logs_out}");
        assert!(matches!(task.put("n", 1), Err(Error::Closed)));
    }
}

#[tokio::test]
async fn f_25_the_lock_of_a_request_that_hangs_ends_with_its_lease_and_so_does_its_say() {
    for driver in KEEPING {
        let mut visitor = impatient(driver).await;
        let (stuck, late) = (alone(&visitor).await, Duration::from_secs(60));
        visitor.site.clock.advance(late.saturating_sub(Duration::from_millis(1)));
        assert!(is_locked(&visitor).await);
        visitor.site.clock.advance(Duration::from_millis(1));
        stuck.put("name", "late").unwrap();
        let error = stuck.save().await.unwrap_err();
        assert!(matches!(error, Error::LockLost) && error.is_unavailable(), "{driver}: {error}");
        assert!(!is_locked(&visitor).await);
        assert!(visitor.leave(&stuck, Ending::Close).await.is_err());
        assert_eq!(visitor.visit().await.get::<String>("name").unwrap().as_deref(), Some("Ada"), "{driver}");
    }
}

#[tokio::test]
async fn f_25_a_page_that_took_longer_than_the_lease_and_only_read_is_shown() {
    for driver in KEEPING {
        let mut visitor = impatient(driver).await;
        visitor.request(|session| session.flash("success", "Saved.").unwrap()).await;
        let slow = alone(&visitor).await;
        visitor.site.advance(60);
        slow.set_previous_url("/report").unwrap();
        visitor.leave(&slow, Ending::CloseAndAge).await.unwrap();
        let session = visitor.visit().await;
        assert!(session.previous_url().is_none() && session.has("success"), "{driver}");
    }
}

#[tokio::test]
async fn f_25_who_lost_the_lock_takes_nothing_out_of_the_store_and_can_still_log_out() {
    for driver in KEEPING {
        let mut visitor = impatient(driver).await;
        let stuck = alone(&visitor).await;
        visitor.site.advance(60);
        let next = alone(&visitor).await;
        assert!(matches!(stuck.take::<String>("name").await, Err(Error::LockLost)), "{driver}");
        assert!(next.has("name"));
        next.close().await.unwrap();
        stuck.logout().unwrap();
        visitor.leave(&stuck, Ending::Close).await.unwrap();
        assert!(visitor.visit().await.missing("name"));
    }
}

#[tokio::test]
async fn f_25_a_session_that_others_renewed_or_logged_in_is_free_when_its_holder_ends() {
    for driver in KEEPING {
        for login in [false, true] {
            let visitor = impatient(driver).await;
            let (holder, mut other) = (visitor.twin(), visitor.twin());
            let session = alone(&holder).await;
            other.request(|session| if login { session.login("42") } else { session.regenerate() }.unwrap()).await;
            session.commit(Ending::Close).await.unwrap();
            assert!(!is_locked(&other).await, "{driver}, login: {login}");
        }
    }
}

#[tokio::test]
async fn a_login_and_a_logout_free_the_session_too() {
    for driver in KEEPING {
        let mut visitor = impatient(driver).await;
        let session = alone(&visitor).await;
        session.login("42").unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert!(!is_locked(&visitor).await, "{driver}");
        let session = alone(&visitor).await;
        session.logout().unwrap();
        session.put("theme", "dark").unwrap();
        session.save().await.unwrap();
        session.put("theme", "light").unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert!(!is_locked(&visitor).await && visitor.visit().await.has("theme"), "{driver}");
    }
}

#[tokio::test]
async fn f_25_who_leaves_while_it_waits_leaves_the_line() {
    let mut visitor = Site::new("memory").visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    let session = alone(&visitor).await;
    let mut waiting = Box::pin(alone(&visitor));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert_eq!(visitor.site.manager.core().locks.waiting(&visitor.digest()), 1);
    drop(waiting);
    assert_eq!(visitor.site.manager.core().locks.waiting(&visitor.digest()), 0);
    session.close().await.unwrap();
    assert!(alone(&visitor).await.has("name"));
}

#[tokio::test]
async fn f_25_a_lock_whose_answer_is_lost_does_not_keep_the_session_for_its_lease() {
    let visitor = impatient("memory").await;
    let (core, driver) = (visitor.site.manager.core(), visitor.site.manager.driver(None).await.unwrap());
    let is_lost = AtomicBool::new(true);
    let store = Held::new(driver.share_store(), move |is_answer| {
        let lost = is_answer && is_lost.swap(false, Ordering::SeqCst);
        ready(if lost { Err("the answer is lost".into()) } else { Ok(()) }).boxed()
    });
    let driver = SessionDriver::new("memory", Arc::new(store), Arc::clone(core));
    let id = Id::parse(visitor.id.as_deref().unwrap()).unwrap();
    assert!(block::lock(&driver, id).await.is_err());
    for _ in 0..100 {
        if !is_locked(&visitor).await {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the lock is free, and no request gets it");
}
