//! Requests that are dropped halfway, at every point where they wait.

use crate::{
    config::{Access, concurrency},
    testing::cancellation::dropped_after,
    tests::visitor::{KEEPING, Visitor, on_each},
    visit::Ending,
};

/// More polls than any request here takes.
const MAX_POLLS: usize = 200;

/// A request that makes every kind of store call.
async fn request(mut tab: Visitor, access: Access, number: usize) {
    let session = tab.try_visit_with(access).await.unwrap();
    session.put_many([("left", number), ("right", number)]).unwrap();
    session.save().await.unwrap();
    session.push("log", number).unwrap();
    session.take::<usize>("coupon").await.unwrap();
    if number.is_multiple_of(3) {
        session.regenerate().unwrap();
    }
    tab.leave(&session, Ending::CloseAndAge).await.unwrap();
}

#[tokio::test]
async fn f_26_a_request_that_is_dropped_anywhere_leaves_whole_saves_and_no_lock() {
    for access in [concurrency::merge(), concurrency::block()] {
        on_each(KEEPING, async |mut visitor| {
            visitor.request(|session| session.put_many([("coupon", 0), ("left", 0), ("right", 0)]).unwrap()).await;
            for polls in 1..MAX_POLLS {
                let has_ended = dropped_after(polls, request(visitor.twin(), access, polls)).await;
                // Waits if the dropped request still has the lock: it is released in the background.
                let session = visitor.try_visit_with(concurrency::block()).await.unwrap();
                let [left, right] = ["left", "right"].map(|key| session.get::<usize>(key).unwrap());
                assert_eq!(left, right, "after {polls} polls");
                session.put("coupon", polls).unwrap();
                visitor.leave(&session, Ending::Close).await.unwrap();
                if has_ended {
                    assert!(visitor.visit().await.get::<Vec<usize>>("log").unwrap().unwrap().contains(&polls));
                    return;
                }
            }
            panic!("the request never ended");
        })
        .await;
    }
}
