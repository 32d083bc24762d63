//! Reading values.

use serde_json::{Value, json};

use crate::{
    error::Error,
    tests::visitor::{DRIVERS, KEEPING, now_and_next, now_and_next_on, on_each},
    visit::{Ending, Session},
};

fn data(session: &Session) {
    session.put("name", "Ada").unwrap();
    session.put("age", 36).unwrap();
    session.put("nothing", ()).unwrap();
    session.put("user", json!({ "teams": ["engines", "poetry"], "city": null })).unwrap();
}

#[tokio::test]
async fn a_value_is_read_as_the_type_asked_for() {
    now_and_next(data, |session| {
        assert_eq!(session.get::<String>("name").unwrap().as_deref(), Some("Ada"));
        assert_eq!(session.get::<u8>("age").unwrap(), Some(36));
        assert_eq!(session.get::<Value>("user").unwrap().unwrap()["teams"][1], "poetry");
        assert_eq!(session.get::<String>("nobody").unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_value_of_another_type_is_an_error_that_names_the_key() {
    now_and_next(data, |session| {
        let error = session.get::<u8>("name").unwrap_err();
        assert!(matches!(&error, Error::Decode { key, .. } if key == "name"));
        assert!(error.to_string().contains("`name`"));
        assert!(session.get_or::<u8>("name", 1).is_err(), "a default does not hide it");
        assert!(session.get_or("age", String::new()).is_err());
    })
    .await;
}

#[tokio::test]
async fn a_default_stands_in_for_what_is_missing_or_null() {
    now_and_next(data, |session| {
        assert_eq!(session.get_or("nobody", 7).unwrap(), 7);
        assert_eq!(session.get_or("nothing", 7).unwrap(), 7);
        assert_eq!(session.get_or("age", 7).unwrap(), 36);
        assert_eq!(session.get_or_else("nobody", || 7).unwrap(), 7);
        assert_eq!(session.get_or_else::<i32>("age", || panic!("must not be called")).unwrap(), 36);
    })
    .await;
}

#[tokio::test]
async fn null_is_there_but_is_no_value() {
    now_and_next(data, |session| {
        assert!(session.exists("nothing") && !session.has("nothing") && !session.missing("nothing"));
        assert_eq!(session.get::<u8>("nothing").unwrap(), None);
        assert!(session.exists("user.city") && !session.has("user.city"));
        assert!(!session.exists("nobody") && !session.has("nobody") && session.missing("nobody"));
    })
    .await;
}

#[tokio::test]
async fn of_several_keys_has_and_exists_need_all_and_has_any_needs_one() {
    now_and_next(data, |session| {
        assert!(session.has(["name", "age", "user.teams"]));
        assert!(!session.has(["name", "nothing"]));
        assert!(session.exists(["name", "nothing"]));
        assert!(!session.exists(["name", "nobody"]));
        assert!(session.missing(["name", "nobody"]));
        assert!(session.has_any(["nobody", "nothing", "name"]));
        assert!(!session.has_any(["nobody", "nothing"]));
        assert!(session.has(vec![String::from("name")]) && session.has(String::from("name")));
    })
    .await;
}

#[tokio::test]
async fn all_only_and_except_say_what_there_is() {
    now_and_next(data, |session| {
        assert_eq!(session.all().keys().collect::<Vec<_>>(), ["age", "name", "nothing", "user"]);
        assert_eq!(session.all()["nothing"], Value::Null);
        let only = session.only(["name", "user.teams", "nobody"]);
        assert_eq!(Value::from(only), json!({ "name": "Ada", "user.teams": ["engines", "poetry"] }));
        let except = session.except(["user", "nothing", "nobody"]);
        assert_eq!(Value::from(except), json!({ "name": "Ada", "age": 36 }));
    })
    .await;
}

#[tokio::test]
async fn a_dotted_key_leads_into_a_value() {
    now_and_next(data, |session| {
        assert_eq!(session.get::<String>("user.teams.1").unwrap().as_deref(), Some("poetry"));
        assert_eq!(session.get::<Vec<String>>("user.teams").unwrap().unwrap().len(), 2);
        assert!(session.missing(["user.teams.2"]) && session.missing("name.first") && session.missing("user."));
    })
    .await;
}

#[tokio::test]
async fn a_whole_literal_key_wins_over_a_path() {
    now_and_next(
        |session| {
            session.replace([("user.name", json!("literal")), ("user", json!({ "name": "path" }))]).unwrap();
        },
        |session| {
            assert_eq!(session.get::<String>("user.name").unwrap().as_deref(), Some("literal"));
            assert_eq!(session.only("user.name")["user.name"], "literal");
            assert_eq!(session.all()["user"]["name"], "path");
        },
    )
    .await;
}

#[tokio::test]
async fn every_method_reads_keys_by_the_same_rule() {
    on_each(DRIVERS, async |visitor| {
        let session = visitor.visit().await;
        session.put("shop.n", 1).unwrap();
        session.put("shop.list", [1]).unwrap();
        assert_eq!(session.increment("shop.n").unwrap(), 2);
        session.push("shop.list", 2).unwrap();
        session.update("shop.n", |n: &mut i64| *n *= 10).unwrap();
        assert_eq!(session.remember("shop.n", || 0).unwrap(), 20);
        assert_eq!(session.pull::<Vec<u8>>("shop.list").unwrap(), Some(vec![1, 2]));
        assert_eq!(session.remove("shop.n").unwrap(), Some(json!(20)));
        assert_eq!(session.all()["shop"], json!({}));
    })
    .await;
}

#[tokio::test]
async fn integers_stay_exact() {
    now_and_next(
        |session| {
            session.put("most", u64::MAX).unwrap();
            session.put("least", i64::MIN).unwrap();
            session.put("beyond", u128::MAX).unwrap();
            session.put("in.most", u64::MAX).unwrap();
            session.put("in.other", 1).unwrap();
        },
        |session| {
            assert_eq!(session.get::<u64>("most").unwrap(), Some(u64::MAX));
            assert_eq!(session.get::<i64>("least").unwrap(), Some(i64::MIN));
            assert_eq!(session.get::<u128>("beyond").unwrap(), Some(u128::MAX));
            assert_eq!(session.get::<u64>("in.most").unwrap(), Some(u64::MAX));
            assert!(session.all()["most"].is_u64() && session.all()["least"].is_i64());
        },
    )
    .await;
}

#[tokio::test]
async fn text_that_looks_like_something_else_stays_text() {
    const TEXTS: [&str; 7] = ["true", "null", "[1]", "12", "{}", "", "\u{0}\"\\\u{2028}ü🦀"];
    now_and_next(
        |session| TEXTS.iter().enumerate().for_each(|(n, text)| session.put(n.to_string(), text).unwrap()),
        |session| {
            for (n, text) in TEXTS.iter().enumerate() {
                assert_eq!(session.get::<String>(&n.to_string()).unwrap().as_deref(), Some(*text));
            }
        },
    )
    .await;
}

#[tokio::test]
async fn f_19_any_text_is_a_key() {
    let long = "k".repeat(5_000);
    let keys = ["", ".", "..", "a..b", "ключ", "_token", "token", "_flash.new", "\u{0}", long.as_str()];
    // Larger than a cookie.
    now_and_next_on(
        ["file", "memory", "six", "null"],
        |session| session.replace(keys.iter().map(|key| (key, *key))).unwrap(),
        |session| {
            for key in keys {
                assert_eq!(session.get::<String>(key).unwrap().as_deref(), Some(key));
            }
            assert_eq!(session.all().len(), keys.len());
        },
    )
    .await;
}

#[tokio::test]
async fn sr_12_reading_makes_no_session_and_no_cookie() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        assert!(session.missing("name") && session.all().is_empty() && session.get::<u8>("n").unwrap().is_none());
        assert!(session.errors().is_empty() && session.previous_url().is_none() && session.user().is_none());
        assert_eq!(session.get_or("name", 1).unwrap(), 1);
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!((&visitor.id, &visitor.cookie), (&None, &None));
        assert_eq!(visitor.site.count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn before_the_start_nothing_can_be_read_or_written() {
    on_each(KEEPING, async |visitor| {
        let driver = visitor.site.manager.driver(None).await.unwrap();
        let session = visitor.site.manager.build_session(driver, None);
        assert!(matches!(session.get::<u8>("n"), Err(Error::NotStarted)));
        assert!(matches!(session.put("n", 1), Err(Error::NotStarted)));
        assert!(matches!(session.token(), Err(Error::NotStarted)));
        assert!(matches!(session.id(), Err(Error::NotStarted)));
        assert!(matches!(session.take::<u8>("n").await, Err(Error::NotStarted)));
        assert!(matches!(session.save().await, Err(Error::NotStarted)));
        assert!(!session.is_started() && session.missing("n"));
    })
    .await;
}
