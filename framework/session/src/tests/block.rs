//! Routes that block: one request per session at a time.

use std::time::Duration;

use crate::{
    config::{concurrency, read_only},
    error::Error,
    tests::visitor::{KEEPING, Site, Visitor, on_each},
    visit::{Ending, Session},
};

/// A visitor with something in the session, on a site where no request blocks.
pub(super) async fn impatient(driver: &'static str) -> Visitor {
    let mut visitor = Site::with(driver, |config| config.lock_wait = 0).visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    visitor
}

pub(super) async fn alone(visitor: &Visitor) -> Session {
    visitor.try_visit_with(concurrency::block()).await.unwrap()
}

/// True if another request would have to wait.
pub(super) async fn is_locked(visitor: &Visitor) -> bool {
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
async fn who_does_not_block_neither_waits_nor_is_waited_for_and_both_are_merged() {
    for driver in KEEPING {
        let visitor = impatient(driver).await;
        let (mut holder, mut other) = (visitor.twin(), visitor.twin());
        let session = alone(&holder).await;
        session.put("city", "London").unwrap();
        other.request(|session| session.put("theme", "dark").unwrap()).await;
        assert!(is_locked(&visitor).await, "{driver}: a save by another request keeps the lock");
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
            // Until it is in the queue.
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
            config.concurrency = crate::config::access::Concurrency::Block;
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
