//! What is moved when, and what is not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::FutureExt;
use salon_core::support::{Clock, Random, Timestamp};

use crate::{
    contract::{Creation, Digest, Forward, Found, Lock, Locking, Record, Store, StoreError, StoreResult, Update},
    stores::{DriverStore, FallbackStore, MemoryStore, NullStore},
    tests::{driver::SixMethods, fallback::held::Held},
    visit::DynStore,
};

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
const HOUR: Duration = Duration::from_secs(3_600);

struct Site {
    primary: Arc<MemoryStore>,
    fallback: Arc<MemoryStore>,
    store: FallbackStore,
}

fn site() -> Site {
    let (primary, fallback) = (Arc::default(), Arc::default());
    let store = over(&primary, Arc::<MemoryStore>::clone(&fallback), &Clock::manual(NOW));
    Site { primary, fallback, store }
}

fn over(primary: &Arc<MemoryStore>, fallback: Arc<dyn DynStore>, clock: &Clock) -> FallbackStore {
    FallbackStore::new(Arc::<MemoryStore>::clone(primary), fallback, clock.clone(), Random::sequence())
}

/// The result of a call that never waits.
fn now<T>(call: impl Future<Output = StoreResult<T>>) -> T {
    call.now_or_never().expect("memory never waits").unwrap()
}

fn digest(number: u8) -> Digest {
    Digest::from_bytes([number; 32])
}

fn record(version: u64, user: Option<&str>) -> Record {
    Record {
        version,
        created_at: NOW,
        active_at: NOW,
        expires_at: NOW + HOUR,
        renewed_at: NOW,
        user: user.map(Into::into),
        payload: Bytes::from_static(b"data"),
        ..Record::default()
    }
}

fn forward(successor: Digest) -> Forward {
    Forward { successor, veiled_id: Some([7; 32]), until: NOW + HOUR, expires_at: NOW + HOUR }
}

impl Site {
    /// A session from before the switch.
    fn keep_before(&self, number: u8, user: Option<&str>) -> (Digest, Record) {
        let (digest, record) = (digest(number), record(3, user));
        assert_eq!(now(Store::create(&*self.fallback, &digest, record.clone())), Creation::Created);
        (digest, record)
    }

    fn in_primary(&self, digest: &Digest) -> Option<Found> {
        now(Store::load(&*self.primary, digest))
    }

    fn in_fallback(&self, digest: &Digest) -> Option<Found> {
        now(Store::load(&*self.fallback, digest))
    }

    fn load(&self, digest: &Digest) -> Option<Found> {
        now(Store::load(&self.store, digest))
    }
}

#[test]
fn a_session_from_before_is_moved_whole_when_it_is_first_used() {
    let site = site();
    let (digest, record) = site.keep_before(1, Some("ada"));
    for _ in 0..2 {
        assert_eq!(site.load(&digest), Some(Found::Live(record.clone())));
        assert_eq!(site.in_primary(&digest), Some(Found::Live(record.clone())));
        assert_eq!(site.in_fallback(&digest), None);
    }
}

#[test]
fn an_expired_session_is_not_moved_by_a_load() {
    let site = site();
    let (digest, record) = (digest(1), Record { expires_at: NOW, ..record(3, None) });
    now(Store::create(&*site.fallback, &digest, record.clone()));
    assert_eq!(site.load(&digest), Some(Found::Live(record)));
    assert!(site.in_primary(&digest).is_none());
    assert!(now(Store::touch(&site.store, &digest, NOW + HOUR, NOW + HOUR)), "but the core decides what has expired");
    assert!(site.in_primary(&digest).is_some());
}

#[test]
fn every_call_that_needs_a_live_record_finds_one_from_before() {
    let site = site();
    let (updated, _) = site.keep_before(1, None);
    assert_eq!(now(Store::update(&site.store, &updated, 3, record(4, None))), Update::Saved);
    let (late, kept) = site.keep_before(2, None);
    assert_eq!(now(Store::update(&site.store, &late, 2, record(3, None))), Update::Conflict(kept));
    let (touched, _) = site.keep_before(3, None);
    assert!(now(Store::touch(&site.store, &touched, NOW + HOUR, NOW + HOUR * 2)));
    let (locked, _) = site.keep_before(4, None);
    let lock = Lock { owner: std::num::NonZeroU64::MIN, until: NOW + HOUR };
    assert!(matches!(now(Store::lock(&site.store, &locked, lock, NOW)), Locking::Granted(_)));
    let (renewed, new) = (site.keep_before(5, None).0, digest(6));
    let rotated = Store::rotate(&site.store, &renewed, 3, &new, record(4, None), forward(new));
    assert_eq!(now(rotated), Update::Saved);
    for digest in [updated, late, touched, locked, renewed] {
        assert_eq!(site.in_fallback(&digest), None);
    }
    assert_eq!(site.load(&renewed), Some(Found::Moved(forward(new))));
    assert!(matches!(site.in_primary(&touched), Some(Found::Live(record)) if record.expires_at == NOW + HOUR * 2));
}

#[test]
fn a_forward_from_before_is_returned_and_its_successor_is_moved() {
    let site = site();
    let ((old, _), new) = (site.keep_before(1, None), digest(2));
    now(Store::rotate(&*site.fallback, &old, 3, &new, record(4, None), forward(new)));
    let way = Some(Found::Moved(forward(new)));
    assert_eq!(site.load(&old), way);
    assert_eq!(now(Store::update(&site.store, &old, 3, record(4, None))), Update::Moved(forward(new)));
    let lock = Lock { owner: std::num::NonZeroU64::MIN, until: NOW + HOUR };
    assert_eq!(now(Store::lock(&site.store, &old, lock, NOW)), Locking::NotLive(way.clone()));
    assert_eq!(now(Store::destroy(&site.store, &old)), way);
    assert_eq!(site.load(&new), Some(Found::Live(record(4, None))));
    assert!(site.in_fallback(&new).is_none() && site.in_primary(&old).is_none());
}

#[test]
fn f_22_what_ended_after_the_switch_does_not_come_back_from_the_fallback() {
    let site = site();
    let (digest, record) = site.keep_before(1, Some("ada"));
    assert_eq!(now(Store::destroy(&site.store, &digest)), Some(Found::Live(record.clone())));
    assert_eq!((site.load(&digest), site.in_fallback(&digest)), (None, None));
    // A late request that has read the record before.
    assert_eq!(now(Store::create(&*site.primary, &digest, record)), Creation::Taken);
    assert_eq!(now(Store::destroy(&site.store, &digest)), None);
    assert_eq!(now(Store::count(&site.store, NOW)), 0);
    let mut page = now(Store::scan(&site.store, None, 10));
    while let Some(next) = page.next.take() {
        assert!(page.found.is_empty(), "{page:?}");
        page = now(Store::scan(&site.store, Some(&next), 10));
    }
    assert!(now(Store::collect(&*site.primary, NOW + Duration::from_secs(299), 100)).removed == 0);
    assert_eq!(now(Store::collect(&*site.primary, NOW + Duration::from_secs(300), 100)).removed, 1);
}

#[test]
fn f_22_a_logout_takes_along_the_copy_that_a_process_which_died_has_left() {
    let site = site();
    let (digest, record) = site.keep_before(1, None);
    now(Store::create(&*site.primary, &digest, record));
    assert!(matches!(now(Store::destroy(&site.store, &digest)), Some(Found::Live(_))));
    now(Store::collect(&*site.primary, NOW + HOUR, 100));
    assert_eq!(site.load(&digest), None, "neither the tombstone nor the copy exists any longer");
}

#[test]
fn f_22_who_was_stopped_while_moving_for_longer_than_an_end_is_marked_reads_again() {
    let (primary, fallback, clock) = (Arc::default(), Arc::<MemoryStore>::default(), Clock::manual(NOW));
    let digest = digest(1);
    now(Store::create(&*fallback, &digest, record(1, None)));
    let other = over(&primary, Arc::<MemoryStore>::clone(&fallback), &clock);
    let (looks, collected, clock_on) = (AtomicU64::new(0), Arc::clone(&primary), clock.clone());
    // The system pauses it after the lookup; meanwhile another process ends the session.
    let stopping = Held::new(fallback, move |is_answer| {
        if is_answer && looks.fetch_add(1, Ordering::SeqCst) == 0 {
            assert!(now(Store::destroy(&other, &digest)).is_some());
            clock_on.advance(HOUR);
            now(Store::collect(&*collected, clock_on.now(), 100));
        }
        std::future::ready(Ok(())).boxed()
    });
    let store = over(&primary, Arc::new(stopping), &clock);
    assert_eq!(now(Store::load(&store, &digest)), None);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_answered_as_it_is_and_can_be_removed() {
    let (six, primary, clock, digest) = (SixMethods::default(), Arc::default(), Clock::manual(NOW), digest(1));
    six.put(digest, b"torn".to_vec());
    let fallback = Arc::new(DriverStore::new(six.clone(), clock.clone(), HOUR));
    let store = over(&primary, fallback, &clock);
    assert!(matches!(Store::load(&store, &digest).await.unwrap(), Some(Found::Corrupt(_))));
    assert_eq!(Store::update(&store, &digest, 1, record(2, None)).await.unwrap(), Update::Gone);
    assert!(matches!(Store::destroy(&store, &digest).await.unwrap(), Some(Found::Corrupt(_))));
    assert_eq!((Store::load(&store, &digest).await.unwrap(), six.bytes(&digest)), (None, None));
}

#[tokio::test]
async fn f_08_a_fallback_that_is_down_is_an_error_and_not_a_session_less() {
    let (six, primary, clock, digest) = (SixMethods::default(), Arc::default(), Clock::manual(NOW), digest(1));
    let fallback = Arc::new(DriverStore::new(six.clone(), clock.clone(), HOUR));
    Store::create(&*fallback, &digest, record(1, None)).await.unwrap();
    let store = over(&primary, fallback, &clock);
    six.fail_reads(true);
    let lock = Lock { owner: std::num::NonZeroU64::MIN, until: NOW + HOUR };
    assert!(Store::load(&store, &digest).await.is_err());
    assert!(Store::update(&store, &digest, 1, record(2, None)).await.is_err());
    assert!(Store::touch(&store, &digest, NOW, NOW).await.is_err());
    assert!(Store::lock(&store, &digest, lock, NOW).await.is_err());
    assert!(Store::destroy(&store, &digest).await.is_err());
    six.fail_reads(false);
    assert_eq!(Store::load(&store, &digest).await.unwrap(), Some(Found::Live(record(1, None))));
    six.fail_reads(true);
    assert!(Store::load(&store, &digest).await.is_ok(), "a moved session no longer needs the fallback");
}

#[test]
fn sr_23_all_sessions_of_a_user_end_wherever_they_are() {
    let site = site();
    let (before, spared) = (site.keep_before(1, Some("ada")).0, site.keep_before(2, Some("ada")).0);
    let (other, moved) = (site.keep_before(3, Some("grace")).0, digest(4));
    now(Store::create(&site.store, &moved, record(1, Some("ada"))));
    let listed = now(Store::user_sessions(&site.store, "ada"));
    assert_eq!(listed.iter().map(|session| session.digest).collect::<Vec<_>>(), [before, spared, moved]);
    assert_eq!(now(Store::count(&site.store, NOW)), 4);
    assert_eq!(now(Store::end_user_sessions(&site.store, "ada", Some(&spared))), 2);
    assert!(site.load(&before).is_none() && site.load(&moved).is_none());
    assert!(site.load(&spared).is_some() && site.load(&other).is_some());
    assert_eq!(now(Store::create(&*site.primary, &before, record(3, Some("ada")))), Creation::Taken);
}

#[test]
fn a_copy_is_in_no_list() {
    let site = site();
    let ((copied, record), renewed) = (site.keep_before(1, Some("ada")), digest(9));
    now(Store::create(&*site.primary, &copied, record.clone()));
    let listed = || now(Store::user_sessions(&site.store, "ada"));
    assert_eq!(listed().iter().map(|session| session.digest).collect::<Vec<_>>(), [copied]);
    now(Store::rotate(&site.store, &copied, 3, &renewed, Record { version: 4, ..record }, forward(renewed)));
    assert_eq!(listed().iter().map(|session| session.digest).collect::<Vec<_>>(), [renewed]);
}

#[test]
fn the_collector_removes_what_has_expired_from_both_in_turns() {
    let site = site();
    for number in 1..=5 {
        let (_, record) = site.keep_before(number, None);
        now(Store::create(&site.store, &digest(number + 100), record));
    }
    for _ in 0..2 {
        let (mut removed, mut runs) = (0, 0);
        loop {
            let collected = now(Store::collect(&site.store, NOW + HOUR, 3));
            assert!(collected.removed <= 3);
            (removed, runs) = (removed + collected.removed, runs + 1);
            if !collected.more {
                break;
            }
        }
        assert!(runs >= 2 && [0, 10].contains(&removed), "{removed} in {runs}");
    }
    assert_eq!(now(Store::count(&site.store, NOW)), 0);
}

#[test]
fn a_primary_that_keeps_nothing_moves_nothing() {
    let (fallback, clock) = (Arc::<MemoryStore>::default(), Clock::manual(NOW));
    now(Store::create(&*fallback, &digest(1), record(1, None)));
    let store =
        FallbackStore::new(Arc::new(NullStore), Arc::<MemoryStore>::clone(&fallback), clock, Random::sequence());
    assert_eq!(now(Store::load(&store, &digest(1))), None);
    assert!(now(Store::load(&*fallback, &digest(1))).is_some());
}

#[test]
fn the_kind_of_an_error_of_either_store_is_passed_on() {
    let failing = |error: fn() -> StoreError| -> Arc<dyn DynStore> {
        Arc::new(Held::new(Arc::<MemoryStore>::default(), move |_| std::future::ready(Err(error())).boxed()))
    };
    let kinds: [fn() -> StoreError; 3] = [
        || StoreError::unsupported("it cannot count"),
        || StoreError::outcome_unknown("the connection was lost"),
        || StoreError::TooLarge { bytes: 2, limit: 1, remedy: "store less" },
    ];
    for kind in kinds {
        for is_primary in [true, false] {
            let (failing, memory) = (failing(kind), Arc::<MemoryStore>::default());
            let (primary, fallback): (Arc<dyn DynStore>, Arc<dyn DynStore>) =
                if is_primary { (failing, memory) } else { (memory, failing) };
            let store = FallbackStore::new(primary, fallback, Clock::manual(NOW), Random::sequence());
            let errors = [
                Store::count(&store, NOW).now_or_never().unwrap().unwrap_err(),
                Store::update(&store, &digest(1), 1, record(2, None)).now_or_never().unwrap().unwrap_err(),
                Store::destroy(&store, &digest(1)).now_or_never().unwrap().unwrap_err(),
            ];
            for error in errors {
                assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&kind()), "{error}");
            }
        }
    }
}
