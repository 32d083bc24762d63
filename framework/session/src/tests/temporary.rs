//! Temporary values: available until they expire.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    tests::visitor::{ALONE, DRIVERS, now_and_next, on_each},
    visit::Ending,
};

#[tokio::test]
async fn a_temporary_value_is_gone_to_the_second() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.temp("code", 4711, Duration::from_secs(60)).unwrap()).await;
        visitor.site.advance(59);
        let session = visitor.visit().await;
        assert_eq!(session.get_temp::<u32>("code").unwrap(), Some(4711));
        assert_eq!(session.temp_left("code"), Some(Duration::from_secs(1)));
        visitor.site.advance(1);
        assert_eq!(session.get::<u32>("code").unwrap(), None, "within a request too");
        assert!(session.missing("code") && session.all().is_empty() && session.all_temp().is_empty());
        assert_eq!(session.temp_left("code"), None);
        assert!(visitor.next(&session).await.missing("code"));
    })
    .await;
}

#[tokio::test]
async fn without_a_duration_it_stays_for_five_minutes() {
    on_each(DRIVERS, async |visitor| {
        let session = visitor.visit().await;
        session.temp("code", 1, None).unwrap();
        visitor.site.advance(299);
        assert!(session.has("code"));
        visitor.site.advance(1);
        assert!(session.missing("code"));
    })
    .await;
}

#[tokio::test]
async fn a_duration_of_zero_expires_at_once_and_the_longest_never() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.temp("over", 1, Duration::ZERO).unwrap();
        session.temp("ever", 1, Duration::MAX).unwrap();
        assert!(session.missing("over") && session.has("ever"));
        assert_eq!(Value::from(visitor.next(&session).await.all()), json!({ "ever": 1 }));
    })
    .await;
}

#[tokio::test]
async fn several_are_set_at_once_and_an_integer_is_a_value_not_a_duration() {
    now_and_next(
        |session| {
            session.put("name", "Ada").unwrap();
            session.flash("success", 1).unwrap();
            session.temp_many([("code", 0), ("tries", 3)], Duration::from_secs(60)).unwrap();
        },
        |session| {
            assert_eq!(Value::from(session.all_temp()), json!({ "code": 0, "tries": 3 }));
            assert_eq!(session.get_temp::<String>("name").unwrap(), None);
            assert_eq!(session.get_temp::<u8>("success").unwrap(), None);
        },
    )
    .await;
}

#[tokio::test]
async fn remove_temp_removes_temporary_values_only() {
    now_and_next(
        |session| {
            session.put("name", "Ada").unwrap();
            session.temp("code", 1, None).unwrap();
            ["code", "name", "nobody"].iter().try_for_each(|key| session.remove_temp(key)).unwrap();
        },
        |session| assert_eq!(Value::from(session.all()), json!({ "name": "Ada" })),
    )
    .await;
}

#[tokio::test]
async fn a_plain_put_makes_a_temporary_key_an_ordinary_one() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.temp("theme", "dark", None).unwrap()).await;
        visitor.request(|session| session.put("theme", "light").unwrap()).await;
        visitor.site.advance(600);
        assert_eq!(visitor.visit().await.get::<String>("theme").unwrap().as_deref(), Some("light"));
    })
    .await;
}

#[tokio::test]
async fn a_removed_key_set_again_does_not_inherit_the_old_duration() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.temp("code", 1, None).unwrap();
        session.forget("code").unwrap();
        session.increment("code").unwrap();
        let session = visitor.next(&session).await;
        visitor.site.advance(600);
        assert!(session.has("code"));
    })
    .await;
}

#[tokio::test]
async fn counting_keeps_the_duration_and_starts_again_when_it_has_expired() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.temp("tries", 3, Duration::from_secs(60)).unwrap()).await;
        visitor.site.advance(30);
        visitor.request(|session| assert_eq!(session.decrement("tries").unwrap(), 2)).await;
        let session = visitor.visit().await;
        assert_eq!(session.temp_left("tries"), Some(Duration::from_secs(30)));
        visitor.site.advance(30);
        assert_eq!(session.increment("tries").unwrap(), 1);
        assert_eq!(session.temp_left("tries"), None);
    })
    .await;
}

#[tokio::test]
async fn an_expired_value_takes_no_more_room() {
    on_each(["file", "six"], async |mut visitor| {
        visitor.request(|session| session.temp("code", "x".repeat(1_000), Duration::from_secs(60)).unwrap()).await;
        visitor.site.advance(60);
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        assert!(visitor.site.bytes(&visitor.digest()).unwrap().len() < 1_000);
    })
    .await;
}

#[tokio::test]
async fn what_was_over_before_the_answer_makes_no_session() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.temp("code", 1234, Duration::from_secs(1)).unwrap();
        visitor.site.advance(1);
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!((visitor.cookie.clone(), visitor.site.count().await), (None, 0));
    })
    .await;
}
