//! Values that become flash or temporary later, and flash values that stay with their request.

use std::time::Duration;

use crate::{
    contract::Id,
    error::Error,
    tests::visitor::{ALONE, KEEPING, on_each},
    visit::Ending,
};

#[tokio::test]
async fn a_discarded_flash_value_is_shown_now_only() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.flash_many([("a", 1), ("b", 2)]).unwrap();
        session.put("stays", 1).unwrap();
        session.discard(["a", "stays", "missing"]).unwrap();
        assert_eq!(session.get("a").unwrap(), Some(1));
        let session = visitor.next(&session).await;
        assert!(session.missing("a") && session.has(["b", "stays"]));
    })
    .await;
}

#[tokio::test]
async fn an_existing_value_can_become_flash_or_temporary() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put_many([("notice", 1), ("draft", 2), ("stays", 3)]).unwrap()).await;
        let session = visitor.visit().await;
        session.mark_flash(["notice", "missing"]).unwrap();
        session.mark_temp("draft", Duration::from_secs(60)).unwrap();
        let session = visitor.next(&session).await;
        assert_eq!((session.get_flash("notice").unwrap(), session.get_temp("draft").unwrap()), (Some(1), Some(2)));
        let session = visitor.next(&session).await;
        assert!(session.missing(["notice"]) && session.has(["draft", "stays"]));
        visitor.site.advance(60);
        let session = visitor.next(&session).await;
        assert!(session.missing("draft") && session.has("stays"));
    })
    .await;
}

#[tokio::test]
async fn reload_drops_the_changes_of_the_request_and_shows_what_others_saved() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("step", 1).unwrap()).await;
        let (mut other, session) = (visitor.twin(), visitor.visit().await);
        session.put("step", 2).unwrap();
        session.now("info", 1).unwrap();
        other.request(|session| session.put("other", true).unwrap()).await;
        session.reload().await.unwrap();
        assert_eq!(session.get("step").unwrap(), Some(1));
        assert!(session.has("other") && session.missing("info"));
        session.put("after", 1).unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        let session = visitor.visit().await;
        assert!(session.has(["step", "other", "after"]));
        let session = visitor.visit().await;
        other.request(|session| session.invalidate().unwrap()).await;
        session.reload().await.unwrap();
        assert!(session.all().is_empty(), "it ended meanwhile");
    })
    .await;
}

#[tokio::test]
async fn switching_goes_on_with_another_existing_session_and_adopts_no_unknown_id() {
    on_each(KEEPING, async |mut visitor| {
        let mut other = visitor.site.visitor();
        other.request(|session| session.put("name", "Grace").unwrap()).await;
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let first = visitor.twin();

        let session = visitor.visit().await;
        session.put("left", true).unwrap();
        for unknown in ["", "unknown", &Id::from_bytes([9; 32]).expose()] {
            assert!(matches!(session.switch(unknown).await, Err(Error::UnknownSession)), "{unknown}");
        }
        assert_eq!(session.get::<String>("name").unwrap().as_deref(), Some("Ada"));
        session.switch(other.id.as_deref().unwrap()).await.unwrap();
        assert_eq!(session.get::<String>("name").unwrap().as_deref(), Some("Grace"));
        session.put("arrived", true).unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        assert_eq!(visitor.id, other.id);
        assert!(visitor.visit().await.has(["name", "arrived"]));
        assert!(first.visit().await.has("left"), "the first session was saved");
    })
    .await;
}
