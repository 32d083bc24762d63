//! The limits of a session: its depth, and its number of keys.

use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    tests::visitor::{DRIVERS, KEEPING, now_and_next, on_each},
    visit::Ending,
};

/// A list in a list, and so on.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}

fn assert_too_deep(result: &Result<()>, key: &str) {
    assert!(matches!(result, Err(Error::TooDeep { key: named, limit: 64 }) if named == key), "{key}: {result:?}");
}

#[tokio::test]
async fn sr_52_a_value_of_64_levels_is_kept_and_a_deeper_one_is_an_error_that_names_its_key() {
    now_and_next(
        |session| {
            session.put("deep", nested(64)).unwrap();
            session.put("list", json!([])).unwrap();
            assert_too_deep(&session.put("deep", nested(65)), "deep");
            assert_too_deep(&session.put_many([("deep", nested(65))]), "deep");
            assert_too_deep(&session.push("list", nested(64)), "list");
            assert_too_deep(&session.push("new", nested(64)), "new");
            assert_too_deep(&session.update("deep", |deep: &mut Value| *deep = json!([deep.clone()])), "deep");
            assert_too_deep(&session.replace([("deep", nested(65))]), "deep");
            assert_too_deep(&session.flash("deep", nested(65)), "deep");
            assert_too_deep(&session.now("deep", nested(65)), "deep");
            assert_too_deep(&session.temp("deep", nested(65), None), "deep");
            assert_too_deep(&session.put("object.deep", nested(64)), "object.deep");
            session.push("list", nested(63)).unwrap();
        },
        |session| assert_eq!(json!(session.all()), json!({ "deep": nested(64), "list": [nested(63)] })),
    )
    .await;
}

#[tokio::test]
async fn sr_52_a_key_of_a_million_dots_is_an_error_as_a_deep_value_is() {
    now_and_next(
        |session| {
            let key = vec!["a"; 65].join(".");
            session.put(&key, 1).unwrap();
            assert_eq!(session.get(&key).unwrap(), Some(1));
            let deeper = format!("{key}.a");
            assert_too_deep(&session.put(&deeper, 2), &deeper[..100]);
            let endless = vec!["a"; 1_000_000].join(".");
            for result in [
                session.put(&endless, 1),
                session.push(&endless, 1),
                session.increment(&endless).map(drop),
                session.update(&endless, |value: &mut u8| *value += 1),
            ] {
                assert_too_deep(&result, &endless[..100]);
            }
            session.forget(&endless).unwrap();
            assert!(session.missing(&endless) && session.get::<Value>(&endless).unwrap().is_none());
            session.forget(&key).unwrap();
            session.put("a", 3).unwrap();
        },
        |session| assert_eq!(json!(session.all()), json!({ "a": 3 })),
    )
    .await;
}

#[tokio::test]
async fn sr_52_input_that_is_too_deep_to_be_shown_again_is_left_out() {
    on_each(DRIVERS, async |visitor| {
        let session = visitor.visit().await;
        session.flash_input(json!({ "name": "Ada", "deep": nested(65) })).unwrap();
        assert_eq!(session.old::<String>("name").unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn sr_52_a_session_of_more_than_1024_keys_is_not_saved_and_the_one_before_stays() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("first", 1).unwrap()).await;
        let session = visitor.visit().await;
        let key = |number: usize| (format!("key{number}"), number);
        session.put_many((1..1024).map(key)).unwrap();
        let mut session = visitor.next(&session).await;
        assert_eq!(session.all().len(), 1024);

        session.put("one too many", 1).unwrap();
        let error = session.save().await.unwrap_err();
        assert!(matches!(error, Error::TooManyKeys { keys: 1025, limit: 1024 }) && !error.is_unavailable(), "{error}");
        assert_eq!(visitor.visit().await.all().len(), 1024);
        session.forget("first").unwrap();
        session = visitor.next(&session).await;
        assert!(session.has("one too many") && session.missing("first"), "what fits is saved");

        // Two that fit alone, but not together.
        visitor.request(|session| session.flush().unwrap()).await;
        let (one, other) = (visitor.visit().await, visitor.visit().await);
        one.put_many((0..600).map(key)).unwrap();
        other.put_many((500..1100).map(key)).unwrap();
        visitor.leave(&one, Ending::Close).await.unwrap();
        let refused = visitor.leave(&other, Ending::Close).await;
        assert!(matches!(refused, Err(Error::TooManyKeys { keys: 1100, .. })), "{refused:?}");
        assert_eq!(visitor.visit().await.all().len(), 600);
    })
    .await;
}

#[tokio::test]
async fn sr_52_a_first_save_of_too_many_keys_makes_no_session() {
    on_each(KEEPING, async |mut visitor| {
        let session = visitor.visit().await;
        session.replace((0..1025).map(|number| (number.to_string(), number))).unwrap();
        assert!(matches!(visitor.leave(&session, Ending::Close).await, Err(Error::TooManyKeys { keys: 1025, .. })));
        assert_eq!((visitor.id.as_ref(), visitor.site.count().await), (None, 0));
    })
    .await;
}
