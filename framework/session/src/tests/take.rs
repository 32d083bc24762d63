//! `take`: decided in the store, so that one request gets the value.

use serde_json::{Value, json};

use crate::{
    error::Error,
    tests::visitor::{ALONE, DRIVERS, KEEPING, Visitor, on_each},
    visit::Ending,
};

async fn with_coupon(visitor: &mut Visitor) {
    visitor.request(|session| session.put_many([("coupon", "WELCOME"), ("name", "Ada")]).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_fifty_gets_the_value() {
    on_each(KEEPING, async |mut visitor| {
        with_coupon(&mut visitor).await;
        let mut takes = Vec::new();
        for n in 0..50 {
            let session = visitor.visit().await;
            takes.push(tokio::spawn(async move {
                session.increment("requests").unwrap();
                let taken = session.take::<String>("coupon").await.unwrap();
                assert!(session.missing("coupon"));
                session.put(format!("u{n}"), n).unwrap();
                session.commit(Ending::Close).await.unwrap();
                usize::from(taken.is_some())
            }));
        }
        let mut winners = 0;
        for take in takes {
            winners += take.await.unwrap();
        }
        assert_eq!(winners, 1);
        let session = visitor.visit().await;
        assert!(session.missing("coupon"));
        assert_eq!(session.get::<u8>("requests").unwrap(), Some(50));
        assert_eq!(session.all().len(), 52);
    })
    .await;
}

#[tokio::test]
async fn a_take_stays_though_the_request_fails() {
    on_each(ALONE, async |mut visitor| {
        with_coupon(&mut visitor).await;
        let session = visitor.visit().await;
        session.put("name", "Grace").unwrap();
        assert_eq!(session.take::<String>("coupon").await.unwrap().as_deref(), Some("WELCOME"));
        visitor.leave(&session, Ending::Fail).await.unwrap();
        assert_eq!(Value::from(visitor.visit().await.all()), json!({ "name": "Ada" }));
    })
    .await;
}

#[tokio::test]
async fn what_this_request_put_is_its_own_to_take() {
    on_each(DRIVERS, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let session = visitor.visit().await;
        session.put("coupon", "NEW").unwrap();
        assert_eq!(session.take::<String>("coupon").await.unwrap().as_deref(), Some("NEW"));
        assert_eq!(session.take::<String>("coupon").await.unwrap(), None);
        assert!(visitor.next(&session).await.missing("coupon"));
    })
    .await;
}

#[tokio::test]
async fn what_this_request_removed_is_not_there_to_take() {
    on_each(ALONE, async |mut visitor| {
        with_coupon(&mut visitor).await;
        let session = visitor.visit().await;
        assert!(session.pull::<String>("coupon").unwrap().is_some());
        assert_eq!(session.take::<String>("coupon").await.unwrap(), None, "it had it already");
        session.flush().unwrap();
        assert_eq!(session.take::<String>("name").await.unwrap(), None);
        let session = visitor.next(&session).await;
        assert!(session.all().is_empty());
        session.put("user.code", 1).unwrap();
        let session = visitor.next(&session).await;
        session.put("user", json!({ "code": 2 })).unwrap();
        assert_eq!(session.take::<u8>("user.code").await.unwrap(), Some(2));
        assert_eq!(Value::from(visitor.next(&session).await.all()), json!({ "user": {} }));
    })
    .await;
}

#[tokio::test]
async fn a_path_can_be_taken_and_a_value_of_another_type_is_taken_all_the_same() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("user", json!({ "code": 1, "name": "Ada" })).unwrap()).await;
        let session = visitor.visit().await;
        assert_eq!(session.take::<u8>("user.code").await.unwrap(), Some(1));
        assert!(matches!(session.take::<u8>("user.name").await, Err(Error::Decode { .. })));
        assert_eq!(Value::from(visitor.next(&session).await.all()), json!({ "user": {} }));
    })
    .await;
}

#[tokio::test]
async fn a_take_follows_a_renewed_session_and_finds_nothing_in_one_that_ended() {
    on_each(KEEPING, async |mut visitor| {
        with_coupon(&mut visitor).await;
        let mut tab = visitor.twin();
        let (taking, late) = (tab.visit().await, tab.visit().await);
        visitor.request(|session| session.regenerate().unwrap()).await;
        assert!(taking.take::<String>("coupon").await.unwrap().is_some());
        tab.leave(&taking, Ending::Close).await.unwrap();
        visitor.request(|session| session.logout().unwrap()).await;
        assert_eq!(late.take::<String>("name").await.unwrap(), None);
        assert_eq!(visitor.site.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn taking_what_another_request_put_finds_it() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let session = visitor.visit().await;
        visitor.request(|session| session.put("coupon", "NEW").unwrap()).await;
        assert_eq!(session.take::<String>("coupon").await.unwrap().as_deref(), Some("NEW"));
    })
    .await;
}

#[tokio::test]
async fn what_this_request_added_is_taken_along() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("list", [1]).unwrap()).await;
        let session = visitor.visit().await;
        session.push("list", 2).unwrap();
        assert_eq!(session.take::<Vec<u8>>("list").await.unwrap(), Some(vec![1, 2]));
        visitor.request(|session| session.put("other", 1).unwrap()).await;
        assert!(visitor.next(&session).await.missing("list"));
    })
    .await;
}

#[tokio::test]
async fn a_take_that_finds_nothing_leaves_what_this_request_did_to_the_value_around_it() {
    on_each(ALONE, async |mut visitor| {
        with_coupon(&mut visitor).await;
        let session = visitor.visit().await;
        session.push("cart", "tea").unwrap();
        session.update("user", |user: &mut Value| *user = json!({ "visits": 1 })).unwrap();
        assert_eq!(session.take::<String>("cart.5").await.unwrap(), None);
        assert_eq!(session.take::<String>("user.coupon").await.unwrap(), None);
        let next = visitor.next(&session).await;
        assert_eq!(next.get("cart").unwrap(), Some(json!(["tea"])));
        assert_eq!(next.get("user").unwrap(), Some(json!({ "visits": 1 })));
    })
    .await;
}

#[tokio::test]
async fn a_take_under_way_at_a_logout_touches_nothing_of_the_next_session() {
    on_each(["six"], async |mut visitor| {
        with_coupon(&mut visitor).await;
        let session = visitor.visit().await;
        // The first poll begins the take. The logout and another coupon come before its result.
        let (taken, ()) = tokio::join!(session.take::<String>("coupon"), async {
            session.logout().unwrap();
            session.increment("coupon").unwrap();
        });
        assert_eq!(taken.unwrap().as_deref(), Some("WELCOME"));
        assert_eq!(visitor.next(&session).await.get("coupon").unwrap(), Some(1));
    })
    .await;
}

#[tokio::test]
async fn what_another_request_put_after_a_take_stays() {
    on_each(KEEPING, async |mut visitor| {
        with_coupon(&mut visitor).await;
        let (mut taking, mut putting) = (visitor.twin(), visitor.twin());
        let (take, put) = (taking.visit().await, putting.visit().await);
        assert_eq!(take.take::<String>("coupon").await.unwrap().as_deref(), Some("WELCOME"));
        put.put("coupon", "ANOTHER").unwrap();
        putting.leave(&put, Ending::Close).await.unwrap();
        // This save comes second, and is repeated on top of what the other has saved. The take is not.
        take.put("city", "London").unwrap();
        taking.leave(&take, Ending::Close).await.unwrap();
        let session = visitor.visit().await;
        assert_eq!(session.get::<String>("coupon").unwrap().as_deref(), Some("ANOTHER"));
        assert!(session.has("city"));
    })
    .await;
}

#[tokio::test]
async fn what_was_written_to_a_session_that_had_ended_cannot_be_taken_from_it() {
    on_each(KEEPING, async |mut visitor| {
        with_coupon(&mut visitor).await;
        let slow = visitor.visit().await;
        slow.put("coupon", "LATE").unwrap();
        visitor.request(|session| session.logout().unwrap()).await;
        slow.save().await.unwrap();
        assert_eq!(slow.take::<String>("coupon").await.unwrap(), None);
    })
    .await;
}
