//! Writing values.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use crate::{
    error::Error,
    tests::visitor::{DRIVERS, now_and_next, on_each},
    visit::Session,
};

fn all(session: &Session) -> Value {
    Value::from(session.all())
}

#[tokio::test]
async fn put_sets_and_replaces_values() {
    now_and_next(
        |session| {
            session.put("name", "Grace").unwrap();
            session.put("name", "Ada").unwrap();
            session.put_many([("city", "London"), ("trade", "engines")]).unwrap();
        },
        |session| assert_eq!(all(session), json!({ "name": "Ada", "city": "London", "trade": "engines" })),
    )
    .await;
}

#[tokio::test]
async fn put_creates_the_objects_that_it_leads_through_and_replaces_no_text_by_them() {
    now_and_next(
        |session| {
            session.put("name", "Ada").unwrap();
            let refused = session.put("name.first", "Ada").unwrap_err();
            assert!(matches!(refused, Error::WrongType { found: "text", .. }), "{refused}");
            session.put("user", ()).unwrap();
            session.put("user.home.city", "London").unwrap();
            session.put("user.home.street", "St James's Square").unwrap();
        },
        |session| {
            let home = json!({ "city": "London", "street": "St James's Square" });
            assert_eq!(all(session), json!({ "name": "Ada", "user": { "home": home } }));
        },
    )
    .await;
}

#[tokio::test]
async fn what_serde_cannot_write_is_an_error_and_changes_nothing() {
    let unwritable = || std::collections::BTreeMap::from([((1, 2), 3)]);
    now_and_next(
        |session| {
            session.put("name", "Ada").unwrap();
            assert!(matches!(session.put("name", unwritable()), Err(Error::Encode { key, .. }) if key == "name"));
            assert!(session.flash("name", unwritable()).is_err() && session.temp("name", unwritable(), None).is_err());
            assert!(session.push("list", unwritable()).is_err());
            assert!(session.replace([("other", unwritable())]).is_err());
        },
        |session| assert_eq!(all(session), json!({ "name": "Ada" })),
    )
    .await;
}

#[tokio::test]
async fn replace_makes_the_data_exactly_this() {
    now_and_next(
        |session| {
            session.put("name", "Ada").unwrap();
            session.temp("code", 1, None).unwrap();
            session.now("info", 1).unwrap();
            session.replace([("city", "London"), ("v1.2", "literal")]).unwrap();
        },
        |session| assert_eq!(all(session), json!({ "city": "London", "v1.2": "literal" })),
    )
    .await;
}

#[tokio::test]
async fn push_makes_and_lengthens_lists() {
    now_and_next(
        |session| {
            session.put("null", ()).unwrap();
            session.put("empty", json!([])).unwrap();
            for key in ["new", "null", "empty", "deep.list"] {
                session.push(key, "apple").unwrap();
                session.push(key, json!({ "n": [1] })).unwrap();
            }
        },
        |session| {
            for key in ["new", "null", "empty", "deep.list"] {
                assert_eq!(session.get::<Value>(key).unwrap(), Some(json!(["apple", { "n": [1] }])), "{key}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn pushing_onto_anything_else_is_an_error_that_says_what_is_there() {
    now_and_next(
        |session| {
            session.put_many([("text", json!("[]")), ("n", json!(1)), ("map", json!({}))]).unwrap();
            for (key, what) in [("text", "text"), ("n", "a number"), ("map", "an object")] {
                let error = session.push(key, 1).unwrap_err();
                assert!(matches!(&error, Error::WrongType { found, .. } if *found == what), "{error}");
                assert!(error.to_string().contains(key));
            }
        },
        |session| assert_eq!(all(session), json!({ "text": "[]", "n": 1, "map": {} })),
    )
    .await;
}

#[tokio::test]
async fn pull_hands_out_a_value_once() {
    now_and_next(
        |session| {
            session.put("intended", "/cart").unwrap();
            session.put("user", json!({ "name": "Ada", "age": 36 })).unwrap();
            assert!(session.pull::<u8>("intended").is_err(), "and the value is kept");
            assert_eq!(session.pull::<String>("intended").unwrap().as_deref(), Some("/cart"));
            assert_eq!(session.pull::<String>("intended").unwrap(), None);
            assert_eq!(session.pull_or("intended", "/".to_owned()).unwrap(), "/");
            assert_eq!(session.pull::<String>("user.name").unwrap().as_deref(), Some("Ada"));
        },
        |session| assert_eq!(all(session), json!({ "user": { "age": 36 } })),
    )
    .await;
}

#[tokio::test]
async fn remember_makes_a_value_once() {
    now_and_next(
        |session| {
            assert_eq!(session.remember("lucky", || 7).unwrap(), 7);
            assert_eq!(session.remember::<i32>("lucky", || panic!("the value exists already")).unwrap(), 7);
            session.put("null", ()).unwrap();
            assert_eq!(session.remember("null", || 1).unwrap(), 1);
        },
        |session| assert_eq!(all(session), json!({ "lucky": 7, "null": 1 })),
    )
    .await;
}

#[tokio::test]
async fn update_changes_a_value_from_its_default_on() {
    now_and_next(
        |session| {
            session.update("cart", |cart: &mut Vec<String>| cart.push("apple".into())).unwrap();
            session.update("cart", |cart: &mut Vec<String>| cart.push("pear".into())).unwrap();
            assert!(matches!(session.update("cart", |n: &mut i64| *n += 1), Err(Error::Decode { .. })));
        },
        |session| assert_eq!(all(session), json!({ "cart": ["apple", "pear"] })),
    )
    .await;
}

#[tokio::test]
async fn an_update_runs_once_if_nobody_else_was_first() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let change = move |n: &mut u32| *n += 1 + counted.fetch_add(1, Ordering::SeqCst);
        session.update("n", change).unwrap();
        visitor.next(&session).await;
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    })
    .await;
}

#[tokio::test]
async fn counting_starts_at_zero_and_returns_the_new_number() {
    now_and_next(
        |session| {
            session.put("null", ()).unwrap();
            assert_eq!(session.increment("visits").unwrap(), 1);
            assert_eq!(session.increment_by("visits", 10).unwrap(), 11);
            assert_eq!(session.decrement("lives").unwrap(), -1);
            assert_eq!(session.decrement_by("lives", 4).unwrap(), -5);
            assert_eq!(session.increment("null").unwrap(), 1);
            assert_eq!(session.increment_by("lives", -5).unwrap(), -10);
        },
        |session| assert_eq!(all(session), json!({ "visits": 11, "lives": -10, "null": 1 })),
    )
    .await;
}

#[tokio::test]
async fn counting_what_is_no_whole_number_is_an_error() {
    now_and_next(
        |session| {
            let values = [("text", json!("7")), ("part", json!(1.5)), ("flag", json!(true)), ("list", json!([1]))];
            session.put_many(values).unwrap();
            for key in ["text", "part", "flag", "list"] {
                assert!(matches!(session.increment(key), Err(Error::WrongType { key: named, .. }) if named == key));
                assert!(session.decrement(key).is_err());
            }
        },
        |session| assert_eq!(all(session), json!({ "text": "7", "part": 1.5, "flag": true, "list": [1] })),
    )
    .await;
}

#[tokio::test]
async fn counting_past_the_range_is_an_error_and_changes_nothing() {
    now_and_next(
        |session| {
            session.put("most", i64::MAX).unwrap();
            session.put("least", i64::MIN).unwrap();
            session.put("beyond", u64::MAX).unwrap();
            assert!(matches!(session.increment("most"), Err(Error::Overflow { key }) if key == "most"));
            assert!(matches!(session.decrement("least"), Err(Error::Overflow { .. })));
            assert!(matches!(session.increment("beyond"), Err(Error::Overflow { .. })));
            assert!(matches!(session.decrement_by("zero", i64::MIN), Err(Error::Overflow { .. })));
        },
        |session| assert_eq!(all(session), json!({ "most": i64::MAX, "least": i64::MIN, "beyond": u64::MAX })),
    )
    .await;
}

#[tokio::test]
async fn a_handle_is_the_session_itself() {
    on_each(DRIVERS, async |visitor| {
        let session = visitor.visit().await;
        let other = session.clone();
        other.put("name", "Ada").unwrap();
        assert!(session.has("name"));
    })
    .await;
}

#[tokio::test]
async fn a_function_given_to_update_may_ask_the_session() {
    now_and_next(
        |session| {
            session.put("price", 3).unwrap();
            let (asked, (done, is_done)) = (session.clone(), std::sync::mpsc::channel());
            std::thread::spawn(move || {
                let lookup = asked.clone();
                let changed = asked.update("sum", move |sum: &mut u32| *sum += lookup.get_or("price", 0).unwrap());
                done.send(changed).unwrap();
            });
            is_done.recv_timeout(std::time::Duration::from_secs(5)).unwrap().unwrap();
        },
        |session| assert_eq!(session.get::<u32>("sum").unwrap(), Some(3)),
    )
    .await;
}
