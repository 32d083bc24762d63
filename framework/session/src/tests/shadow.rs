//! Values of `now` shadow the stored ones for every method, and nothing that is computed from them is stored.

use serde_json::{Value, json};

use crate::tests::visitor::{ALONE, on_each};

#[tokio::test]
async fn what_is_computed_from_a_value_of_now_is_not_stored() {
    on_each(ALONE, async |mut visitor| {
        visitor
            .request(|session| {
                session.put("count", 1).unwrap();
                session.put("list", json!(["a"])).unwrap();
                session.put("user", json!({ "name": "Ada" })).unwrap();
            })
            .await;
        let session = visitor.visit().await;
        session.now("count", 5).unwrap();
        session.now("list", json!(["x"])).unwrap();
        session.now("user", json!({ "visits": 7 })).unwrap();
        session.now("new", 10).unwrap();
        assert_eq!(session.increment("count").unwrap(), 6);
        assert_eq!(session.increment("new").unwrap(), 11);
        session.push("list", "y").unwrap();
        session.update("count", |count: &mut i64| *count *= 2).unwrap();
        assert_eq!(session.increment("user.visits").unwrap(), 8);
        assert_eq!(session.get("count").unwrap(), Some(12));
        assert_eq!(session.get::<Value>("list").unwrap(), Some(json!(["x", "y"])));
        session.put("other", true).unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(
            Value::from(session.all()),
            json!({ "count": 1, "list": ["a"], "other": true, "user": { "name": "Ada" } })
        );
    })
    .await;
}

#[tokio::test]
async fn a_dotted_key_does_not_look_through_a_value_of_now() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("user", json!({ "name": "Ada", "city": "London" })).unwrap()).await;
        let session = visitor.visit().await;
        session.now("user", json!({ "name": "Grace" })).unwrap();
        assert_eq!(session.get::<String>("user.name").unwrap().as_deref(), Some("Grace"));
        assert!(session.missing("user.city") && !session.has("user.city"));
        assert_eq!(session.pull::<String>("user.city").unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_is_pulled_or_taken_from_now_is_what_it_shows() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put_many([("a", 1), ("b", 1), ("c", 1)]).unwrap()).await;
        let session = visitor.visit().await;
        session.now("a", 2).unwrap();
        session.now("b", 2).unwrap();
        assert_eq!(session.pull("a").unwrap(), Some(2));
        assert_eq!(session.take("b").await.unwrap(), Some(2));
        assert!(session.missing("a") && session.missing("b"));
        let session = visitor.next(&session).await;
        assert_eq!(Value::from(session.all()), json!({ "c": 1 }));
    })
    .await;
}

#[tokio::test]
async fn a_whole_value_that_is_put_over_now_is_stored() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        let session = visitor.visit().await;
        session.now("name", "shown").unwrap();
        session.put("name", "Grace").unwrap();
        assert_eq!(session.get::<String>("name").unwrap().as_deref(), Some("Grace"));
        let session = visitor.next(&session).await;
        assert_eq!(session.get::<String>("name").unwrap().as_deref(), Some("Grace"));
    })
    .await;
}
