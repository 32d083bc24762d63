//! A switch from one driver to another, as an app's visitors and its author see it.

use std::sync::atomic::{AtomicBool, Ordering};

use salon_core::config::Section;

use crate::{
    config::SessionConfig,
    error::Error,
    tests::{
        driver::SixMethods,
        visitor::{Site, Visitor},
    },
    visit::Session,
};

/// The same app after the switch to another driver.
fn switched(site: &Site, driver: &'static str, fallback: &'static str) -> std::sync::Arc<Site> {
    site.beside(None, |config| (config.driver, config.fallback) = (driver.to_owned(), fallback.to_owned()))
}

fn at(site: &std::sync::Arc<Site>, visitor: &Visitor) -> Visitor {
    Visitor { id: visitor.id.clone(), ..site.visitor() }
}

#[tokio::test]
async fn a_switch_logs_nobody_out() {
    for (before, after) in [("file", "memory"), ("six", "file"), ("file", "six")] {
        let old = Site::new(before);
        let mut ada = old.visitor();
        ada.request(|session| session.login("ada").unwrap()).await;
        ada.request(|session| session.put("city", "London").unwrap()).await;
        let site = switched(&old, after, before);
        let mut ada = at(&site, &ada);
        ada.request(|session| assert_eq!(session.increment("visits").unwrap(), 1)).await;
        let session = ada.visit().await;
        assert_eq!((session.user().as_deref(), session.driver_name()), (Some("ada"), after));
        assert!(session.has("city") && session.has("visits"), "{before} to {after}");
        assert_eq!(old.count().await, 0, "it has moved");

        ada.request(|session| session.logout().unwrap()).await;
        for site in [&site, &old] {
            assert!(!at(site, &ada).visit().await.has("city"), "{before} to {after}");
        }
    }
}

#[tokio::test]
async fn the_first_request_after_a_switch_may_be_any() {
    let acts: [fn(&Session); 4] = [
        |session| session.regenerate().unwrap(),
        |session| session.login("ada").unwrap(),
        |session| session.put("city", "London").unwrap(),
        |_| {},
    ];
    for act in acts {
        let old = Site::new("file");
        let mut visitor = old.visitor();
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let tab = visitor.twin();
        visitor.request(|session| session.regenerate().unwrap()).await;
        let site = switched(&old, "memory", "file");
        site.advance(20);
        // Under the id before the last one, which is forwarded for half a minute.
        let mut tab = at(&site, &tab);
        tab.request(act).await;
        assert!(tab.visit().await.has("name"));
        let leaving = tab.twin();
        tab.request(|session| session.logout().unwrap()).await;
        for left in [leaving, at(&site, &visitor), at(&old, &visitor)] {
            assert!(!left.visit().await.has("name"));
        }
    }
}

#[tokio::test]
async fn the_fallback_is_a_driver_of_its_own_too_and_let_go_of_once() {
    let site = Site::with("memory", |config| config.fallback = "six".to_owned());
    assert_eq!(site.manager.driver(None).await.unwrap().name(), "memory");
    let mut visitor = Visitor { id: None, ..site.visitor() };
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    let both = site.manager.driver(Some("memory")).await.unwrap();
    assert!(both.count().await.is_err(), "under its name it is the configured driver, which asks the fallback too");
    let before = site.manager.driver(Some("six")).await.unwrap();
    assert_eq!((before.name(), site.six.count()), ("six", 0));
    site.manager.close().await.unwrap();
    assert_eq!(site.six.closings(), 1);
}

#[tokio::test]
async fn a_fallback_that_is_none_is_an_error_that_says_what_to_set() {
    let site = Site::with("memory", |config| config.fallback = "fiel".to_owned());
    let error = site.manager.driver(None).await.unwrap_err();
    assert!(matches!(&error, Error::UnknownFallback { name, .. } if name == "fiel"), "{error}");
    for part in ["there are: array,", ", six.", "`fallback`", "SESSION_FALLBACK"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn drivers_that_keep_nothing_on_the_server_neither_have_a_fallback_nor_are_one() {
    for (driver, fallback) in
        [("null", "file"), ("file", "null"), ("cookie", "file"), ("file", "cookie"), ("file", "file")]
    {
        let config = SessionConfig { driver: driver.into(), fallback: fallback.into(), ..SessionConfig::default() };
        assert!(config.validate().is_err(), "{driver} {fallback}");
    }
    let config = SessionConfig { driver: "redis".into(), fallback: "file".into(), ..SessionConfig::default() };
    assert!(config.validate().is_ok());
}

#[tokio::test]
async fn a_driver_may_be_made_of_another_one() {
    let site = Site::new("memory");
    let (manager, was_asked) = (std::sync::Arc::downgrade(&site), std::sync::Arc::new(AtomicBool::new(false)));
    let asked = std::sync::Arc::clone(&was_asked);
    site.manager.extend("ledger", move |_| {
        let (manager, asked) = (manager.clone(), std::sync::Arc::clone(&asked));
        async move {
            let site = manager.upgrade().ok_or("the app has ended")?;
            let file = site.manager.driver(Some("file")).await?;
            asked.store(file.name() == "file", Ordering::SeqCst);
            Ok(SixMethods::default())
        }
    });
    let opening = site.manager.driver(Some("ledger"));
    let opened = tokio::time::timeout(std::time::Duration::from_secs(5), opening).await;
    assert_eq!(opened.expect("no deadlock").unwrap().name(), "ledger");
    assert!(was_asked.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_driver_that_is_made_of_itself_is_an_error_and_no_endless_wait() {
    for asked in [None, Some("ledger"), Some("six")] {
        let site = Site::new("ledger");
        for (name, asks_for) in [("ledger", asked), ("six", Some("ledger"))] {
            let manager = std::sync::Arc::downgrade(&site);
            site.manager.extend(name, move |_| {
                let manager = manager.clone();
                async move {
                    let site = manager.upgrade().ok_or("the app has ended")?;
                    site.manager.driver(asks_for).await?;
                    Ok(SixMethods::default())
                }
            });
        }
        let opening = site.manager.driver(None);
        let opened = tokio::time::timeout(std::time::Duration::from_secs(5), opening).await;
        let error = opened.expect("no deadlock").unwrap_err();
        assert!(salon_core::support::sentence(&error).contains("its own factory opens it"), "{error}");
    }
}

#[tokio::test]
async fn a_second_driver_is_asked_as_the_configured_one_is() {
    let site = Site::new("file");
    let memory = site.manager.driver(Some("memory")).await.unwrap();
    let mut ids = Vec::new();
    for user in ["ada", "ada", "grace"] {
        let session = site.manager.build_session(memory.clone(), None);
        session.start().await.unwrap();
        session.login(user).unwrap();
        session.save().await.unwrap();
        ids.push(session.id().unwrap());
    }
    assert_eq!(
        (memory.count().await.unwrap(), site.manager.driver(None).await.unwrap().count().await.unwrap()),
        (3, 0)
    );
    let listed = memory.user_sessions("ada").await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(memory.end_user_sessions("ada", Some(&listed[0].digest)).await.unwrap(), 1);
    assert!(memory.destroy(&ids[2].expose()).await.unwrap() && !memory.destroy("no id").await.unwrap());
    assert!(memory.destroy_digest(&listed[0].digest).await.unwrap());
    let session = site.manager.build_session(memory.clone(), None);
    session.start().await.unwrap();
    session.put("name", "Ada").unwrap();
    session.save().await.unwrap();
    site.advance(7_200 + 60);
    assert_eq!((memory.gc().await.unwrap(), memory.count().await.unwrap()), (1, 0));
    assert_eq!(memory.user_sessions("ada").await.unwrap(), []);
}
