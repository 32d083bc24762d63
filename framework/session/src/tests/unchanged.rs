//! A save that changes nothing does not reach the store, and creates no session.

use serde_json::json;

use crate::{
    data::ErrorBag,
    tests::visitor::{DRIVERS, KEEPING, on_each},
    visit::{Ending, Session},
};

/// Calls that change nothing: of a stranger, and of a session with a name.
fn change_nothing(session: &Session) {
    session.forget("missing").unwrap();
    session.forget("missing.field").unwrap();
    session.flash_errors(&ErrorBag::new()).unwrap();
    session.keep("missing").unwrap();
    session.discard("missing").unwrap();
    session.mark_flash("missing").unwrap();
    session.mark_temp("missing", None).unwrap();
    session.remove_temp("missing").unwrap();
    session.reflash().unwrap();
    session.forget_flash().unwrap();
}

#[tokio::test]
async fn a_guest_whose_calls_change_nothing_gets_no_session() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        change_nothing(&session);
        session.flush().unwrap();
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!((&visitor.id, &visitor.cookie), (&None, &None));
        assert_eq!(visitor.site.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn calls_that_change_nothing_save_nothing() {
    on_each(KEEPING, async |mut visitor| {
        visitor
            .request(|session| {
                session.put("name", "Ada").unwrap();
                session.put("address.city", "London").unwrap();
            })
            .await;
        let version = || async {
            let session = visitor.visit().await;
            session.state().identity.stored().unwrap().record.version
        };
        let before = version().await;
        let session = visitor.visit().await;
        change_nothing(&session);
        session.put("name", "Ada").unwrap();
        session.put("address.city", "London").unwrap();
        session.put("address", json!({ "city": "London" })).unwrap();
        session.commit(Ending::Close).await.unwrap();
        assert_eq!(version().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_was_changed_before_in_the_request_is_saved_as_it_was_put_last() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("count", 1).unwrap()).await;
        let (mut other, session) = (visitor.twin(), visitor.visit().await);
        session.increment("count").unwrap();
        // Equal to what this request sees, but not to what the increment makes of a fresh value.
        session.put("count", 2).unwrap();
        other.request(|session| session.put("count", 7).unwrap()).await;
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(visitor.visit().await.get("count").unwrap(), Some(2));
    })
    .await;
}
