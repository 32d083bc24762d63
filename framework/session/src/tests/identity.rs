//! The identity of a session: id, token, user.

use std::collections::HashSet;

use serde_json::json;

use crate::{
    contract::Id,
    error::Error,
    tests::visitor::{ALONE, DRIVERS, KEEPING, Site, Visitor, on_each},
    visit::{Client, CookieChange, Ending, Session},
};

#[tokio::test]
async fn a_session_has_the_id_that_its_cookie_gets() {
    on_each(KEEPING, async |mut visitor| {
        let session = visitor.visit().await;
        let id = session.id().unwrap();
        assert_eq!(session.id().unwrap(), id);
        session.put("name", "Ada").unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(visitor.id.as_deref(), Some(&*id.expose()));
        assert_eq!(visitor.visit().await.id().unwrap(), id);
        assert_eq!((session.name(), session.driver_name()), ("session", session.0.driver.name()));
    })
    .await;
}

#[tokio::test]
async fn sr_01_no_two_sessions_have_one_id() {
    let site = Site::new("memory");
    let mut ids = HashSet::new();
    for _ in 0..500 {
        let mut visitor = site.visitor();
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        assert!(ids.insert(visitor.id.unwrap()));
    }
    assert_eq!(site.count().await, 500);
}

#[tokio::test]
async fn sr_02_an_id_that_we_did_not_issue_is_never_adopted() {
    on_each(KEEPING, async |mut visitor| {
        let unknown = Id::from_bytes([7; 32]).expose();
        let near = unknown.to_lowercase();
        for id in
            [&*unknown, &near, "", "x", "../../../../etc/passwd", &"a".repeat(4096), "\0", "é".repeat(20).as_str()]
        {
            visitor.id = Some(id.to_owned());
            let session = visitor.visit().await;
            assert!(session.all().is_empty());
            visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
            assert_eq!(visitor.cookie, None);
            assert_eq!(visitor.site.count().await, 0, "{id}");
        }
        visitor.id = Some(unknown.clone());
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        assert_ne!(visitor.id.as_ref(), Some(&unknown));
        assert_eq!(visitor.site.count().await, 1);
        visitor.id = Some(unknown);
        assert!(visitor.visit().await.all().is_empty());
    })
    .await;
}

#[tokio::test]
async fn sr_07_a_digest_from_the_store_is_no_id() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let digest = visitor.digest();
        for id in [digest.to_hex(), Id::from_bytes(*digest.as_bytes()).expose()] {
            visitor.id = Some(id);
            assert!(visitor.visit().await.all().is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn every_session_that_is_kept_has_a_token_and_it_stays() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let (first, second) = (visitor.visit().await, visitor.visit().await);
        assert_eq!(first.token().unwrap(), second.token().unwrap(), "two pages rendered at once do not make two");
        assert!(first.token_matches(&second.csrf_token().unwrap()));
        visitor.leave(&first, Ending::CloseAndAge).await.unwrap();
        assert_eq!(visitor.cookie, None, "nothing changed");
    })
    .await;
}

#[tokio::test]
async fn asking_for_a_token_makes_a_session() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        assert!(!session.token_matches(""), "a session without a token accepts no token");
        let token = session.token().unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(visitor.id.is_some(), visitor.keeps());
        assert_eq!(session.token_matches(&token), visitor.keeps());
    })
    .await;
}

#[tokio::test]
async fn sr_31_a_new_token_makes_the_old_one_worthless() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        let old = session.token().unwrap();
        session.regenerate_token().unwrap();
        assert!(!session.token_matches(&old));
        let new = session.token().unwrap();
        let session = visitor.next(&session).await;
        assert!(session.token_matches(&new) && !session.token_matches(&old));
    })
    .await;
}

#[tokio::test]
async fn sr_04_login_and_logout_change_id_and_token() {
    on_each(KEEPING, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("cart", ["apple"]).unwrap();
        let before = session.token().unwrap();
        let session = visitor.next(&session).await;
        let old = visitor.twin();
        session.login("42").unwrap();
        assert!(!session.token_matches(&before));
        let session = visitor.next(&session).await;
        assert_ne!(visitor.id, old.id);
        assert_eq!(session.user().as_deref(), Some("42"));
        assert!(session.has("cart") && !session.token_matches(&before));
        assert!(old.visit().await.all().is_empty() && old.visit().await.user().is_none());
        assert_eq!(visitor.site.count().await, 1);

        let logged_in = visitor.twin();
        session.logout().unwrap();
        assert!(session.user().is_none() && session.all().is_empty());
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(visitor.cookie, Some(CookieChange::Remove));
        assert!(logged_in.visit().await.user().is_none());
        assert_eq!(visitor.site.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_login_alone_is_something_to_keep_and_notes_where_it_came_from() {
    on_each(["memory", "file"], async |mut visitor| {
        let session = visitor.visit().await;
        session.set_client(Client { address: Some("127.0.0.1".into()), agent: Some("Browser".into()) });
        session.login("42").unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.user().as_deref(), Some("42"));
        session.put("n", 1).unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        let listings = session.0.driver.store().user_sessions("42").await.unwrap();
        assert_eq!(listings.len(), 1);
        assert_eq!(listings[0].digest, visitor.digest());
        assert_eq!(listings[0].address.as_deref(), Some("127.0.0.1"), "a later save keeps it");
        assert_eq!(listings[0].agent.as_deref(), Some("Browser"));
    })
    .await;
}

#[tokio::test]
async fn sr_22_invalidate_leaves_a_fresh_session_under_a_new_id() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let old = visitor.twin();
        let session = visitor.visit().await;
        let token = session.token().unwrap();
        session.invalidate().unwrap();
        assert!(session.all().is_empty() && !session.token_matches(&token));
        session.put("info", "Bye.").unwrap();
        let session = visitor.next(&session).await;
        assert_ne!(visitor.id, old.id);
        assert_eq!(json!(session.all()), json!({ "info": "Bye." }));
        assert_ne!(session.token().unwrap(), token);
        assert!(old.visit().await.all().is_empty());
        assert_eq!(visitor.site.count().await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_written_after_a_logout_belongs_to_a_fresh_session() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let before = visitor.id.clone();
        let session = visitor.visit().await;
        session.logout().unwrap();
        assert!(session.missing("name"));
        session.flash("success", "Goodbye.").unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert!(visitor.id.is_some() && visitor.id != before);
        assert_eq!(visitor.site.count().await, 1);
        let session = visitor.visit().await;
        assert_eq!(session.get_flash::<String>("success").unwrap().as_deref(), Some("Goodbye."));
        assert!(session.missing("name"));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_logged_in_under_an_empty_name() {
    on_each(DRIVERS, async |visitor| {
        let session = visitor.visit().await;
        for user in ["", " ", "\t\n"] {
            assert!(matches!(session.login(user), Err(Error::EmptyUser)), "{user:?}");
        }
        assert_eq!(session.user(), None);
    })
    .await;
}

#[tokio::test]
async fn ending_what_was_never_kept_tells_nobody() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("name", "Ada").unwrap();
        session.invalidate().unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert_eq!((&visitor.id, &visitor.cookie), (&None, &None));
        assert_eq!(visitor.site.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_session_can_be_ended_by_its_id() {
    on_each(KEEPING, async |mut visitor| {
        let manager = &visitor.site.clone().manager;
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        assert!(!manager.default_driver().await.unwrap().destroy("../../etc/passwd").await.unwrap());
        assert!(manager.default_driver().await.unwrap().destroy(visitor.id.as_deref().unwrap()).await.unwrap());
        assert!(!manager.default_driver().await.unwrap().destroy(visitor.id.as_deref().unwrap()).await.unwrap());
        assert!(visitor.visit().await.all().is_empty());
    })
    .await;
}

#[tokio::test]
async fn sr_67_debug_output_shows_neither_id_nor_token_nor_data() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("name", "Ada").unwrap();
        let token = session.token().unwrap();
        let session = visitor.next(&session).await;
        let shown = format!("{session:?} {:?} {:?}", visitor.cookie, visitor.site.manager);
        for secret in [visitor.id.as_deref().unwrap(), &token, "Ada"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    })
    .await;
}

#[tokio::test]
async fn sr_25_a_login_is_noted_from_where_it_was_made_though_the_handler_saved_it_before_and_by_no_later_request() {
    type Act = fn(&Session);
    let client = |address: &str| Client { address: Some(address.into()), agent: None };
    let later: [Act; 2] = [|_| {}, |session| session.put("n", 1).unwrap()];
    for driver in ["file", "memory"] {
        for close in [false, true] {
            let site = Site::new(driver);
            let mut visitor = site.visitor();
            let session = visitor.visit().await;
            session.login("ada").unwrap();
            if close { session.close().await } else { session.save().await }.unwrap();
            let tab = Visitor { id: Some(session.id().unwrap().expose()), ..visitor.twin() };
            let parallel = tab.visit().await;
            parallel.put("parallel", 1).unwrap();
            parallel.commit(Ending::Close).await.unwrap();
            assert!(session.has_logged_in());
            session.set_client(client("192.0.2.1"));
            visitor.leave(&session, Ending::Close).await.unwrap();
            for act in later {
                let session = visitor.visit().await;
                act(&session);
                assert!(!session.has_logged_in());
                session.set_client(client("198.51.100.9"));
                visitor.leave(&session, Ending::Close).await.unwrap();
                let listed = site.manager.default_driver().await.unwrap().user_sessions("ada").await.unwrap();
                assert_eq!(listed[0].address.as_deref(), Some("192.0.2.1"), "{driver}");
            }
            assert!(visitor.visit().await.has(["n", "parallel"]));
        }
    }
}

#[tokio::test]
async fn sr_13_who_asks_for_the_id_or_the_times_of_a_session_has_read_it() {
    type Act = fn(&Session);
    let asks: [Act; 3] = [
        |session| assert!(session.id().is_ok()),
        |session| assert!(session.created_at() <= Some(session.core().clock.now())),
        |session| assert!(session.expires_at() > session.core().clock.now()),
    ];
    on_each(DRIVERS, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        for ask in asks {
            let session = visitor.visit().await;
            assert!(!session.was_read());
            ask(&session);
            assert!(session.was_read());
        }
    })
    .await;
}
