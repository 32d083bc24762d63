//! Removing values.

use serde_json::{Value, json};

use crate::{data::ErrorBag, tests::visitor::now_and_next, visit::Session};

fn data(session: &Session) {
    session.put_many([("name", "Ada"), ("city", "London"), ("trade", "engines")]).unwrap();
    session.put("user", json!({ "a": 1, "b": 2 })).unwrap();
}

#[tokio::test]
async fn forget_removes_one_key_or_several() {
    now_and_next(
        |session| {
            data(session);
            session.forget("name").unwrap();
            session.forget(["city", "nobody", "user.a", "user.x.y"]).unwrap();
        },
        |session| assert_eq!(Value::from(session.all()), json!({ "trade": "engines", "user": { "b": 2 } })),
    )
    .await;
}

#[tokio::test]
async fn remove_returns_what_there_was_of_whatever_type() {
    now_and_next(
        |session| {
            data(session);
            session.put("null", ()).unwrap();
            assert_eq!(session.remove("name").unwrap(), Some(json!("Ada")));
            assert_eq!(session.remove("name").unwrap(), None);
            assert_eq!(session.remove("user").unwrap(), Some(json!({ "a": 1, "b": 2 })));
            assert_eq!(session.remove("null").unwrap(), Some(Value::Null));
        },
        |session| assert_eq!(Value::from(session.all()), json!({ "city": "London", "trade": "engines" })),
    )
    .await;
}

#[tokio::test]
async fn what_was_removed_may_be_set_again() {
    now_and_next(
        |session| {
            data(session);
            session.forget("name").unwrap();
            session.put("name", "Grace").unwrap();
            session.flush().unwrap();
            session.put("city", "Arlington").unwrap();
        },
        |session| assert_eq!(Value::from(session.all()), json!({ "city": "Arlington" })),
    )
    .await;
}

#[tokio::test]
async fn flush_removes_all_data_and_keeps_the_token() {
    now_and_next(
        |session| {
            data(session);
            let token = session.token().unwrap();
            session.flash("success", 1).unwrap();
            session.temp("code", 1, None).unwrap();
            session.now("info", 1).unwrap();
            session.flash_input(json!({ "name": "Ada" })).unwrap();
            let mut errors = ErrorBag::new();
            errors.add("name", "Too short.");
            session.flash_errors(&errors).unwrap();
            session.flush().unwrap();
            assert_eq!(session.token().unwrap(), token);
            assert_eq!(session.old::<String>("name").unwrap(), None, "old input is flash data too");
            assert!(session.errors().is_empty());
        },
        |session| assert!(session.all().is_empty()),
    )
    .await;
}

#[tokio::test]
async fn f3_flash_after_a_flush_is_there_on_the_next_request() {
    now_and_next(
        |session| {
            data(session);
            session.flush().unwrap();
            session.flash("success", "Bye.").unwrap();
        },
        |session| assert_eq!(Value::from(session.all()), json!({ "success": "Bye." })),
    )
    .await;
}

#[tokio::test]
async fn forget_flash_removes_flash_values_and_what_a_form_left() {
    now_and_next(
        |session| {
            data(session);
            session.flash("success", 1).unwrap();
            session.temp("code", 1, None).unwrap();
            session.now("info", 1).unwrap();
            session.flash_input(json!({ "name": "Ada" })).unwrap();
            session.forget_flash().unwrap();
            assert_eq!(session.old::<String>("name").unwrap(), None);
        },
        |session| assert_eq!(session.all().keys().collect::<Vec<_>>(), ["city", "code", "name", "trade", "user"]),
    )
    .await;
}
