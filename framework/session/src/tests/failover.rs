//! A failover to a replica that lacks the last writes.

use crate::{
    config::concurrency,
    tests::visitor::{Site, Visitor},
    visit::{Ending, Session},
};

/// A visitor whose session has lost the write of another request in a failover, and a slow request that has seen it.
async fn after_a_lost_write(site: &std::sync::Arc<Site>) -> (Visitor, Visitor, Session) {
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("kept", 1).unwrap()).await;
    let digest = visitor.digest();
    let replicated = site.six.bytes(&digest).unwrap();
    visitor.request(|session| session.put("lost", 1).unwrap()).await;
    let slow = visitor.twin();
    let session = slow.visit().await;
    assert!(session.has("lost"));
    site.six.put(digest, replicated);
    (visitor, slow, session)
}

#[tokio::test]
async fn f_08_a_slow_request_does_not_overwrite_what_was_saved_after_the_failover() {
    let acts: [fn(&Session); 3] = [
        |session| session.put("slow", 1).unwrap(),
        |session| session.regenerate().and_then(|()| session.put("slow", 1)).unwrap(),
        |session| session.login("ada").and_then(|()| session.put("slow", 1)).unwrap(),
    ];
    for act in acts {
        let site = Site::new("six");
        let (mut visitor, mut slow, session) = after_a_lost_write(&site).await;
        visitor.request(|session| session.put("acknowledged", 1).unwrap()).await;
        act(&session);
        slow.leave(&session, Ending::CloseAndAge).await.unwrap();
        let now = slow.visit().await;
        assert!(now.has("kept") && now.has("acknowledged") && now.has("slow") && !now.has("lost"), "{:?}", now.all());
    }
}

#[tokio::test]
async fn f_08_a_lock_that_was_lost_in_the_failover_is_no_licence_to_save() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("kept", 1).unwrap()).await;
    let digest = visitor.digest();
    let replicated = site.six.bytes(&digest).unwrap();
    let mut blocked = visitor.twin();
    let holder = blocked.try_visit_with(concurrency::block()).await.unwrap();
    site.six.put(digest, replicated);
    let next = visitor.try_visit_with(concurrency::block()).await.unwrap();
    holder.put("unlocked", 1).unwrap();
    assert!(blocked.leave(&holder, Ending::CloseAndAge).await.is_err());
    next.put("locked", 1).unwrap();
    visitor.leave(&next, Ending::CloseAndAge).await.unwrap();
    let now = visitor.visit().await;
    assert!(now.has("locked") && !now.has("unlocked"));
}
