//! A session for one request at a time.

use std::time::Duration;

use futures_util::FutureExt;

use super::visitor::{DRIVERS, KEEPING, Site, Visitor, on_each};
use crate::session::{Ending, Error, Session, concurrency, read_only};

/// A visitor of a site where nobody waits, with something in the session.
async fn impatient(driver: &'static str) -> Visitor {
    let mut visitor = Site::with(driver, |config| config.lock_wait = 0).visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    visitor
}

async fn alone(visitor: &Visitor) -> Session {
    visitor.try_visit_with(concurrency::block()).await.unwrap()
}

/// Whether another request would have to wait.
async fn is_locked(visitor: &Visitor) -> bool {
    match visitor.try_visit_with(concurrency::block()).await {
        Err(error) => {
            assert!(matches!(error, Error::Locked { .. }) && error.is_unavailable(), "{error}");
            true
        }
        Ok(session) => {
            session.commit(Ending::Close).await.unwrap();
            false
        }
    }
}

#[tokio::test]
async fn a_request_that_blocks_waits_for_the_one_before_and_sees_what_that_has_written() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let (mut first, second) = (visitor.twin(), visitor.twin());
        let session = alone(&first).await;
        session.put("name", "Grace").unwrap();
        let waiting = tokio::spawn(async move { alone(&second).await.get::<String>("name").unwrap() });
        tokio::task::yield_now().await;
        first.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(waiting.await.unwrap().as_deref(), Some("Grace"));
    })
    .await;
}

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
async fn who_does_not_block_neither_waits_nor_is_waited_for_and_both_are_merged() {
    for driver in KEEPING {
        let visitor = impatient(driver).await;
        let (mut holder, mut other) = (visitor.twin(), visitor.twin());
        let session = alone(&holder).await;
        session.put("city", "London").unwrap();
        other.request(|session| session.put("theme", "dark").unwrap()).await;
        assert!(is_locked(&visitor).await, "{driver}: a save of somebody else leaves the lock alone");
        session.increment("visits").unwrap();
        holder.leave(&session, Ending::Close).await.unwrap();
        assert!(visitor.visit().await.has(["name", "city", "theme", "visits"]), "{driver}");
        assert!(!is_locked(&visitor).await);
    }
}

#[tokio::test]
async fn who_waits_for_a_session_that_is_renewed_gets_the_successor() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let (mut holder, mut waiter) = (visitor.twin(), visitor.twin());
        let session = alone(&holder).await;
        session.regenerate().unwrap();
        let waiting = tokio::spawn(async move {
            let session = alone(&waiter).await;
            session.put("city", "London").unwrap();
            waiter.leave(&session, Ending::Close).await.unwrap();
            waiter
        });
        tokio::task::yield_now().await;
        holder.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(waiting.await.unwrap().id, holder.id);
        assert!(alone(&holder).await.has(["name", "city"]));
    })
    .await;
}

#[tokio::test]
async fn a_renewal_by_who_does_not_block_takes_the_lock_along() {
    for driver in KEEPING {
        let visitor = impatient(driver).await;
        let (mut holder, mut other) = (visitor.twin(), visitor.twin());
        let session = alone(&holder).await;
        session.put("city", "London").unwrap();
        other.request(|session| session.regenerate().unwrap()).await;
        assert!(is_locked(&other).await, "{driver}");
        holder.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(holder.id, other.id);
        assert!(!is_locked(&other).await && other.visit().await.has("city"), "{driver}");
    }
}

#[tokio::test]
async fn a_holder_that_only_reads_gives_back_the_lock_that_a_renewal_took_along() {
    for driver in KEEPING {
        let visitor = impatient(driver).await;
        let (mut holder, mut other) = (visitor.twin(), visitor.twin());
        let session = alone(&holder).await;
        for _ in 0..2 {
            other.request(|session| session.regenerate().unwrap()).await;
        }
        holder.leave(&session, Ending::Close).await.unwrap();
        assert!(!is_locked(&other).await, "{driver}");
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
async fn who_waits_is_served_in_turn() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("order", [0; 0]).unwrap()).await;
        let first = alone(&visitor).await;
        let mut waiting = Vec::new();
        for number in 0..5 {
            let mut tab = visitor.twin();
            waiting.push(tokio::spawn(async move {
                let session = alone(&tab).await;
                session.push("order", number).unwrap();
                tab.leave(&session, Ending::Close).await.unwrap();
            }));
            // Until it is in the line.
            let digest = visitor.digest();
            while visitor.site.manager.core().locks.waiting(&digest) <= number {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        first.close().await.unwrap();
        for waiter in waiting {
            waiter.await.unwrap();
        }
        let order = visitor.visit().await.get::<Vec<usize>>("order").unwrap();
        assert_eq!(order.unwrap(), [0, 1, 2, 3, 4]);
    })
    .await;
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
async fn a_request_in_another_process_waits_as_well() {
    let mut visitor = Site::new("file").visitor();
    visitor.request(|session| session.put("visits", 0).unwrap()).await;
    let beside = visitor.site.beside(None, |_| {});
    let mut waiting = Vec::new();
    for number in 0..10 {
        let site = if number % 2 == 0 { visitor.site.clone() } else { beside.clone() };
        let mut tab = Visitor { site, id: visitor.id.clone(), cookie: None };
        waiting.push(tokio::spawn(async move {
            let session = alone(&tab).await;
            let visits = session.get::<u32>("visits").unwrap().unwrap();
            tokio::task::yield_now().await;
            session.put("visits", visits + 1).unwrap();
            tab.leave(&session, Ending::Close).await.unwrap();
        }));
    }
    for waiter in waiting {
        waiter.await.unwrap();
    }
    assert_eq!(visitor.visit().await.get::<u32>("visits").unwrap(), Some(10));
}

#[tokio::test]
async fn the_configuration_makes_every_request_block() {
    for driver in KEEPING {
        let site = Site::with(driver, |config| {
            config.concurrency = crate::session::Concurrency::Block;
            config.lock_wait = 0;
        });
        let mut visitor = site.visitor();
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let session = visitor.visit().await;
        assert!(matches!(visitor.try_visit().await, Err(Error::Locked { .. })), "{driver}");
        assert!(
            visitor.try_visit_with(concurrency::merge()).await.unwrap().has("name"),
            "{driver}: unless a route merges"
        );
        assert!(visitor.try_visit_with(read_only()).await.unwrap().has("name"), "{driver}: or only reads");
        session.close().await.unwrap();
        assert!(visitor.try_visit().await.is_ok());
    }
}

#[tokio::test]
async fn a_request_that_only_reads_writes_nothing_but_that_it_was_there() {
    on_each(DRIVERS, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        visitor.request(|session| session.flash("success", "Saved.").unwrap()).await;
        let bytes = visitor.keeps().then(|| visitor.digest());
        for _ in 0..2 {
            let session = visitor.try_visit_with(read_only()).await.unwrap();
            assert_eq!(session.has(["name", "success"]), visitor.keeps());
            for error in [
                session.put("name", "Grace").unwrap_err(),
                session.regenerate().unwrap_err(),
                session.login("42").unwrap_err(),
                session.destroy().unwrap_err(),
                session.flash("success", "Again.").unwrap_err(),
                session.take::<String>("name").await.unwrap_err(),
            ] {
                assert!(matches!(error, Error::ReadOnly) && !error.is_unavailable(), "{error}");
            }
            session.save().await.unwrap();
            session.close().await.unwrap();
            assert_eq!(session.has("name"), visitor.keeps(), "reading goes on");
            visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
            assert_eq!(visitor.cookie, None);
        }
        visitor.site.advance(600);
        let session = visitor.try_visit_with(read_only()).await.unwrap();
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(visitor.cookie.is_some(), visitor.keeps(), "it counts as activity");
        assert_eq!(bytes, visitor.keeps().then(|| visitor.digest()));
    })
    .await;
}
