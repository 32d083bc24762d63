//! Copying all sessions to another driver.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::{
    contract::{Digest, Found},
    manager::{
        Migrated, MigrationError,
        migration::{check, migrate},
    },
    stores::MemoryStore,
    tests::{fallback::held::Held, visitor::Site},
    visit::SessionDriver,
};

async fn sessions_of(site: &Arc<Site>, users: &[&'static str]) -> Vec<Digest> {
    let mut digests = Vec::new();
    for user in users {
        let mut visitor = site.visitor();
        visitor.request(|session| session.login(*user).unwrap()).await;
        digests.push(visitor.digest());
    }
    digests
}

fn memory(site: &Site) -> SessionDriver {
    SessionDriver::new("target", Arc::new(MemoryStore::default()), Arc::clone(site.manager.core()))
}

#[tokio::test]
async fn what_is_alive_is_copied_once_and_the_source_is_as_it_was() {
    let site = Site::new("file");
    sessions_of(&site, &["over", "over"]).await;
    site.advance(7_200);
    let digests = sessions_of(&site, &["ada", "grace", "alan"]).await;
    std::fs::write(site.file(&digests[2]), "torn").unwrap();
    let mut renewed = site.visitor();
    renewed.request(|session| session.login("mary").unwrap()).await;
    renewed.request(|session| session.regenerate().unwrap()).await;
    let (source, target) = (site.manager.driver(None).await.unwrap(), memory(&site));
    let (mut progress, core) = (Migrated::default(), site.manager.core());
    let migrated = migrate(core, &source, &target, |migrated| progress = *migrated).await.unwrap();
    assert_eq!(migrated, Migrated { copied: 3, present: 0, expired: 2, unreadable: 1 });
    assert_eq!(progress, migrated);
    for digest in [digests[0], digests[1], renewed.digest()] {
        let found = target.store().load(&digest).await.unwrap();
        assert!(matches!(&found, Some(Found::Live(_))));
        assert_eq!(found, source.store().load(&digest).await.unwrap());
    }
    // The target is used meanwhile, and its changes are kept.
    target.store().destroy(&digests[0]).await.unwrap();
    let migrated = migrate(core, &source, &target, |_| {}).await.unwrap();
    assert_eq!(migrated, Migrated { copied: 1, present: 2, expired: 2, unreadable: 1 });
}

#[tokio::test]
async fn a_session_that_ends_while_a_slow_page_is_under_way_is_not_copied() {
    let site = Site::new("memory");
    let digests = sessions_of(&site, &["ada", "grace"]).await;
    let (store, ended) = (site.manager.driver(None).await.unwrap().share_store(), digests[0]);
    // The page that it is on.
    let (mut number, mut from) = (1, None);
    loop {
        let page = store.scan(from.as_deref(), 500).await.unwrap();
        if page.found.iter().any(|(digest, _)| *digest == ended) {
            break;
        }
        (number, from) = (number + 1, page.next);
    }
    let (of, left, clock) = (Arc::clone(&store), AtomicUsize::new(number), site.clock.clone());
    let held = Held::new(store, move |is_answer| {
        let (store, clock) = (Arc::clone(&of), clock.clone());
        let is_page = is_answer && left.fetch_sub(1, Ordering::SeqCst) == 1;
        Box::pin(async move {
            if is_page {
                store.destroy(&ended).await?;
                // Longer than the tombstone lasts in a driver with a fallback.
                clock.advance(Duration::from_secs(400));
            }
            Ok(())
        })
    });
    let core = site.manager.core();
    let (source, target) = (SessionDriver::new("source", Arc::new(held), Arc::clone(core)), memory(&site));
    let migrated = migrate(core, &source, &target, |_| {}).await.unwrap();
    assert_eq!((migrated.copied, migrated.expired), (1, 1));
    assert_eq!(target.store().load(&ended).await.unwrap(), None);
}

#[tokio::test]
async fn a_target_that_fails_is_reported_with_how_far_it_has_come() {
    let site = Site::new("file");
    sessions_of(&site, &["ada"]).await;
    site.six.fail_writes(true);
    let result = site.manager.migrate("file", "six", |_, _| {}).await;
    assert!(matches!(result, Err(MigrationError::Failed(error)) if error.is_unavailable()));
    site.six.fail_writes(false);
    let mut total = None;
    let migrated = site.manager.migrate("file", "six", |_, of| total = of).await.unwrap();
    assert_eq!((migrated.copied, total, site.six.count()), (1, Some(1), 1));
}

#[tokio::test]
async fn what_cannot_be_copied_is_refused_in_a_sentence() {
    let site = Site::new("file");
    let known = site.manager.driver_names();
    for (from, to, said) in [
        ("file", "file", "both are `file`"),
        ("fiel", "six", "no session driver `fiel`; there are: array, "),
        ("file", "memory", "`memory` keeps sessions in the memory of one process"),
        ("array", "six", "`array` keeps sessions in the memory of one process"),
        ("file", "null", "`null` keeps no sessions"),
    ] {
        let error = check(from, to, &known).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let error = site.manager.migrate("six", "file", |_, _| {}).await.unwrap_err();
    let sentence = salon_core::support::sentence(&error);
    assert!(sentence.contains("cannot list its sessions: implement the trait `Store`"), "{sentence}");
}
