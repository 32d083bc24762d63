//! The session events that an app receives.

use std::sync::{Arc, Mutex};

use crate::{
    config::concurrency,
    contract::Digest,
    events::SessionEvent,
    tests::visitor::{KEEPING, Site, Visitor},
    visit::Ending,
};

type Heard = Arc<Mutex<Vec<SessionEvent>>>;

fn listen(site: &Site) -> Heard {
    let heard = Heard::default();
    let ear = Arc::clone(&heard);
    site.manager.listen(move |event| ear.lock().unwrap().push(event.clone()));
    heard
}

fn emitted(heard: &Heard) -> Vec<SessionEvent> {
    std::mem::take(&mut *heard.lock().unwrap())
}

/// A visitor with a session, on each driver that keeps sessions, and the events from then on.
async fn known(driver: &'static str) -> (Visitor, Heard) {
    let site = Site::new(driver);
    let heard = listen(&site);
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    assert_eq!(emitted(&heard), [SessionEvent::Created { session: visitor.digest() }]);
    (visitor, heard)
}

#[tokio::test]
async fn sr_68_a_life_is_reported_from_its_beginning_to_its_end() {
    for driver in KEEPING {
        let (mut visitor, heard) = known(driver).await;
        visitor.request(|session| session.put("n", 2).unwrap()).await;
        visitor.request(|_| {}).await;
        assert_eq!(emitted(&heard), [], "{driver}: routine requests emit no events");

        let previous = visitor.digest();
        visitor.request(|session| session.regenerate().unwrap()).await;
        assert_eq!(emitted(&heard), [SessionEvent::Regenerated { session: visitor.digest(), previous }]);
        let previous = visitor.digest();
        visitor.request(|session| session.login("42").unwrap()).await;
        assert_eq!(emitted(&heard), [SessionEvent::Regenerated { session: visitor.digest(), previous }]);
        let session = visitor.digest();
        visitor.request(|session| session.logout().unwrap()).await;
        assert_eq!(emitted(&heard), [SessionEvent::Destroyed { session }]);
    }
}

#[tokio::test]
async fn sr_68_the_end_by_time_and_by_an_operator_is_reported() {
    for driver in ["file", "memory"] {
        let (mut visitor, heard) = known(driver).await;
        let session = visitor.digest();
        visitor.site.advance(2 * 3600);
        visitor.request(|_| {}).await;
        assert_eq!(emitted(&heard), [SessionEvent::Expired { session }]);
        visitor.site.advance(60);
        visitor.site.manager.driver(None).await.unwrap().gc().await.unwrap();
        assert_eq!(emitted(&heard), [SessionEvent::Collected { sessions: 1 }]);

        visitor.request(|session| session.login("42").unwrap()).await;
        let session = visitor.digest();
        assert!(visitor.site.manager.default_driver().await.unwrap().destroy_digest(&session).await.unwrap());
        visitor.site.manager.default_driver().await.unwrap().end_user_sessions("42", None).await.unwrap();
        let ended = SessionEvent::UserEnded { user: "42".into(), sessions: 0 };
        assert_eq!(emitted(&heard), [SessionEvent::Created { session }, SessionEvent::Destroyed { session }, ended]);
    }
}

#[tokio::test]
async fn sr_06_an_obsolete_id_is_reported_after_its_grace_and_a_slow_request_is_not() {
    for driver in KEEPING {
        for login in [false, true] {
            let (mut visitor, heard) = known(driver).await;
            let (thief, mut slow, old) = (visitor.twin(), visitor.twin(), visitor.digest());
            let under_way = slow.visit().await;
            under_way.put("n", 2).unwrap();
            let renew = |session: &crate::visit::session::Session| {
                if login { session.login("42") } else { session.regenerate() }
            };
            visitor.request(|session| renew(session).unwrap()).await;
            let successor = visitor.digest();
            visitor.site.advance(29);
            assert_eq!(thief.visit().await.has("n"), !login);
            emitted(&heard);
            visitor.site.advance(1);
            slow.leave(&under_way, Ending::Close).await.unwrap();
            let events = emitted(&heard);
            if login {
                assert_eq!(events, [SessionEvent::Gone { session: old }], "{driver}: it began before");
            } else {
                assert_eq!(
                    events,
                    [SessionEvent::Merged { session: successor, attempts: 2 }],
                    "{driver}: it began before"
                );
                assert_eq!(slow.cookie, None, "the browser has the new id from the request that renewed it");
                assert_eq!(visitor.visit().await.get::<u8>("n").unwrap(), Some(2));
            }
            assert!(thief.visit().await.missing("n"));
            assert_eq!(emitted(&heard), [SessionEvent::ObsoleteId { session: old, successor }], "{driver}");

            // What the event names is enough to end the session.
            assert!(visitor.site.manager.default_driver().await.unwrap().destroy_digest(&successor).await.unwrap());
            assert!(visitor.visit().await.missing("n"));
        }
    }
}

#[tokio::test]
async fn sr_68_merges_and_what_does_not_fit_are_reported() {
    for driver in KEEPING {
        let (mut visitor, heard) = known(driver).await;
        let (mut tab, session) = (visitor.twin(), visitor.digest());
        let slow = tab.visit().await;
        slow.increment("n").unwrap();
        slow.put("city", "London").unwrap();
        visitor.request(|session| session.put("n", "text").unwrap()).await;
        tab.leave(&slow, Ending::Close).await.unwrap();
        let events = emitted(&heard);
        let [SessionEvent::LeftOut { reason, .. }, merged] = &events[..] else { panic!("{events:?}") };
        assert!(reason.contains("`n` holds text"), "{reason}");
        assert_eq!(*merged, SessionEvent::Merged { session, attempts: 2 });
    }
}

#[tokio::test]
async fn sr_68_a_lock_that_was_lost_is_reported() {
    for driver in KEEPING {
        let (visitor, heard) = known(driver).await;
        let session = visitor.try_visit_with(concurrency::block()).await.unwrap();
        session.put("n", 2).unwrap();
        visitor.site.advance(60);
        assert!(session.save().await.is_err());
        assert_eq!(emitted(&heard), [SessionEvent::LockLost { session: visitor.digest() }], "{driver}");
    }
}

#[tokio::test]
async fn f_06_a_record_that_cannot_be_read_is_reported_once() {
    let (mut visitor, heard) = known("file").await;
    let session = visitor.digest();
    std::fs::write(visitor.site.file(&session), b"torn").unwrap();
    for _ in 0..3 {
        assert!(visitor.visit().await.all().is_empty());
    }
    let events = emitted(&heard);
    assert!(matches!(&events[..], [SessionEvent::Corrupt { session: found, .. }] if *found == session), "{events:?}");
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    std::fs::write(visitor.site.file(&visitor.digest()), b"torn").unwrap();
    assert!(visitor.visit().await.all().is_empty());
    let is_corrupt =
        |event: &SessionEvent| matches!(event, SessionEvent::Corrupt { session, .. } if *session == visitor.digest());
    assert!(emitted(&heard).iter().any(is_corrupt), "another record is reported");
}

#[tokio::test]
async fn f_06_a_record_that_has_grown_beyond_all_bounds_is_reported_once_and_costs_nobody_else_anything() {
    let (visitor, heard) = known("file").await;
    let mut other = visitor.site.visitor();
    other.request(|session| session.put("n", 2).unwrap()).await;
    emitted(&heard);
    let session = visitor.digest();
    let file = std::fs::OpenOptions::new().write(true).open(visitor.site.file(&session)).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    for _ in 0..2 {
        assert!(visitor.visit().await.all().is_empty());
        assert!(other.visit().await.has("n"));
    }
    let events = emitted(&heard);
    assert!(matches!(&events[..], [SessionEvent::Corrupt { session: found, .. }] if *found == session), "{events:?}");
}

#[tokio::test]
async fn sr_68_a_store_that_fails_is_reported() {
    let (visitor, heard) = known("file").await;
    let path = visitor.site.file(&visitor.digest());
    let shard = path.parent().unwrap();
    std::fs::remove_dir_all(shard).unwrap();
    std::fs::write(shard, b"no folder").unwrap();
    assert!(visitor.try_visit().await.is_err());
    let events = emitted(&heard);
    let [SessionEvent::StoreFailed { driver, action: "load", reason }] = &events[..] else { panic!("{events:?}") };
    assert!(driver == "file" && !reason.is_empty());
}

#[tokio::test]
async fn a_listener_that_panics_costs_nobody_the_session() {
    let site = Site::new("memory");
    site.manager.listen(|_| panic!("this listener fails"));
    let heard = listen(&site);
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("n", 1).unwrap()).await;
    assert!(visitor.visit().await.has("n"));
    assert_eq!(emitted(&heard).len(), 1, "and the next listener receives it too");
}

#[test]
fn sr_67_events_show_digests_shortened() {
    let session = Digest::from_bytes([0xab; 32]);
    let shown = format!("{:?}", SessionEvent::Created { session });
    assert_eq!(shown, "Created { session: Digest(abababab) }");
}

#[test]
fn a_listener_may_ask_the_session_whose_event_it_hears() {
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (visitor, _) = known("memory").await;
            let session = visitor.try_visit_with(concurrency::block()).await.unwrap();
            let asked = session.clone();
            visitor.site.manager.listen(move |event| {
                assert!(matches!(event, SessionEvent::LockLost { .. }));
                done.send(asked.get::<u8>("n").unwrap()).unwrap();
            });
            visitor.site.advance(60);
            session.put("n", 2).unwrap();
            assert!(session.save().await.is_err());
        });
    });
    assert_eq!(is_done.recv_timeout(std::time::Duration::from_secs(10)), Ok(Some(2)));
}

#[tokio::test]
async fn sr_68_a_session_that_was_renewed_beside_a_request_that_reads_is_not_reported_as_gone() {
    for driver in KEEPING {
        for idle in [600, 0] {
            let (mut visitor, heard) = known(driver).await;
            let mut tab = visitor.twin();
            visitor.site.advance(idle);
            if idle == 0 {
                visitor.request(|session| session.regenerate().unwrap()).await;
            }
            let reading = tab.visit().await;
            visitor.request(|session| session.regenerate().unwrap()).await;
            emitted(&heard);
            tab.leave(&reading, Ending::Close).await.unwrap();
            assert_eq!((emitted(&heard), &tab.cookie), (Vec::new(), &None), "{driver}");
        }
    }
}
