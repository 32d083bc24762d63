//! Flash values: available in this request and the next, then gone.

use serde_json::{Value, json};

use crate::{
    tests::visitor::{ALONE, DRIVERS, KEEPING, on_each},
    visit::{Ending, Session},
};

fn all(session: &Session) -> Value {
    Value::from(session.all())
}

#[tokio::test]
async fn a_flash_is_there_now_and_next_and_then_gone() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.flash("success", "Saved.").unwrap();
        assert_eq!(session.get::<String>("success").unwrap().as_deref(), Some("Saved."));
        let session = visitor.next(&session).await;
        assert_eq!(session.get_flash::<String>("success").unwrap().as_deref(), Some("Saved."));
        assert_eq!(
            session.get_flash::<String>("success").unwrap().as_deref(),
            Some("Saved."),
            "reading does not remove it"
        );
        assert_eq!(Value::from(session.all_flash()), json!({ "success": "Saved." }));
        let session = visitor.next(&session).await;
        assert!(session.missing("success") && session.all_flash().is_empty());
    })
    .await;
}

#[tokio::test]
async fn where_nothing_is_kept_a_flash_lives_for_its_request() {
    on_each(["null"], async |mut visitor| {
        let session = visitor.visit().await;
        session.flash("success", "Saved.").unwrap();
        assert!(session.has("success"));
        assert!(visitor.next(&session).await.missing("success"));
        assert_eq!(visitor.cookie, None);
    })
    .await;
}

#[tokio::test]
async fn f_35_what_could_not_be_shown_waits() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.flash("success", "Saved.").unwrap()).await;
        for ending in [Ending::Close, Ending::Fail, Ending::Close] {
            let session = visitor.visit().await;
            assert!(session.has("success"));
            visitor.leave(&session, ending).await.unwrap();
        }
        let session = visitor.visit().await;
        let session = visitor.next(&session).await;
        assert!(session.missing("success"));
    })
    .await;
}

#[tokio::test]
async fn what_a_request_flashes_waits_for_the_next_whatever_its_answer() {
    on_each(ALONE, async |mut visitor| {
        for ending in [Ending::Close, Ending::CloseAndAge] {
            let session = visitor.visit().await;
            session.flash("success", "Saved.").unwrap();
            visitor.leave(&session, ending).await.unwrap();
            let session = visitor.visit().await;
            assert!(session.has("success"), "{ending:?}");
            assert!(visitor.next(&session).await.missing("success"));
        }
    })
    .await;
}

#[tokio::test]
async fn f1_a_plain_put_makes_a_flash_an_ordinary_key() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.flash("theme", "dark").unwrap()).await;
        let session = visitor.visit().await;
        session.put("theme", "light").unwrap();
        assert_eq!(session.get_flash::<String>("theme").unwrap(), None);
        let session = visitor.next(&session).await;
        let session = visitor.next(&session).await;
        assert_eq!(session.get::<String>("theme").unwrap().as_deref(), Some("light"));
    })
    .await;
}

#[tokio::test]
async fn a_flash_makes_an_ordinary_key_pass() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("theme", "light").unwrap()).await;
        visitor.request(|session| session.flash("theme", "dark").unwrap()).await;
        visitor.request(|session| assert!(session.has("theme"))).await;
        assert!(visitor.visit().await.missing("theme"));
    })
    .await;
}

#[tokio::test]
async fn f2_keep_ignores_what_is_not_flash() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("theme", "light").unwrap()).await;
        visitor.request(|session| session.keep(["theme", "nobody"]).unwrap()).await;
        visitor.request(|session| assert!(session.all_flash().is_empty())).await;
        assert!(visitor.visit().await.has("theme"));
    })
    .await;
}

#[tokio::test]
async fn keep_carries_these_keys_on_and_reflash_carries_all() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| ["a", "b"].iter().try_for_each(|key| session.flash(key, 1)).unwrap()).await;
        visitor.request(|session| session.reflash().unwrap()).await;
        visitor.request(|session| session.keep("a").unwrap()).await;
        let session = visitor.visit().await;
        assert_eq!(all(&session), json!({ "a": 1 }));
        assert!(visitor.next(&session).await.all().is_empty());
    })
    .await;
}

#[tokio::test]
async fn now_lives_for_its_request_and_hides_what_was_there_meanwhile() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("info", "kept").unwrap();
        session.now("info", "shown").unwrap();
        session.now("alone", 1).unwrap();
        assert_eq!(all(&session), json!({ "alone": 1, "info": "shown" }));
        assert_eq!(session.get_flash::<String>("info").unwrap().as_deref(), Some("shown"));
        let session = visitor.next(&session).await;
        assert_eq!(all(&session), json!({ "info": "kept" }));
    })
    .await;
}

#[tokio::test]
async fn now_alone_makes_no_session() {
    on_each(DRIVERS, async |mut visitor| {
        visitor.request(|session| session.now("info", 1).unwrap()).await;
        assert_eq!((visitor.id, visitor.cookie), (None, None));
    })
    .await;
}

#[tokio::test]
async fn f4_now_and_then_reflash_carries_the_value_on() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.now("info", 1).unwrap();
        session.reflash().unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(all(&session), json!({ "info": 1 }));
        assert!(visitor.next(&session).await.all().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_write_is_not_hidden_by_a_value_for_this_request() {
    on_each(DRIVERS, async |visitor| {
        let session = visitor.visit().await;
        session.now("n", 5).unwrap();
        session.put("n", 6).unwrap();
        assert_eq!(session.get::<u8>("n").unwrap(), Some(6));
        session.now("user", json!({ "name": "Grace", "city": "Arlington" })).unwrap();
        session.put("user.name", "Ada").unwrap();
        assert_eq!(session.get::<String>("user.name").unwrap().as_deref(), Some("Ada"));
        assert_eq!(session.get::<String>("user.city").unwrap().as_deref(), Some("Arlington"));
    })
    .await;
}

#[tokio::test]
async fn f5_a_flashed_null_passes_like_any_flash() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.flash("empty", ()).unwrap()).await;
        let session = visitor.visit().await;
        assert!(session.exists("empty") && !session.has("empty"));
        assert!(visitor.next(&session).await.missing("empty"));
    })
    .await;
}

#[tokio::test]
async fn f6_a_flashed_dotted_key_passes_like_any_flash() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("form", json!({ "id": 1 })).unwrap();
        session.flash("form.error", "Too short.").unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.get_flash::<String>("form.error").unwrap().as_deref(), Some("Too short."));
        let session = visitor.next(&session).await;
        assert_eq!(all(&session), json!({ "form": { "id": 1 } }));
    })
    .await;
}

#[tokio::test]
async fn f7_saving_twice_ages_once() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.put("visits", 1).unwrap()).await;
        let session = visitor.visit().await;
        session.flash("success", "Saved.").unwrap();
        session.save().await.unwrap();
        assert!(!session.flash_was_read());
        assert!(session.has("success"));
        assert!(!session.flash_was_read(), "it was flashed by this request");
        session.increment("visits").unwrap();
        session.save().await.unwrap();
        let session = visitor.next(&session).await;
        assert!(session.has("success"), "flashed in the request before");
        session.save().await.unwrap();
        assert!(session.has("success"), "the request has not ended");
        assert!(visitor.next(&session).await.missing("success"));
    })
    .await;
}

#[tokio::test]
async fn f7_a_flash_of_a_session_made_by_this_request_survives_a_save() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| (1..5).try_for_each(|n| session.put("n", n)).unwrap()).await;
        for _ in 0..3 {
            visitor.request(|session| session.increment("n").map(drop).unwrap()).await;
        }
        let session = visitor.visit().await;
        session.invalidate().unwrap();
        session.flash("info", "You are logged out.").unwrap();
        session.save().await.unwrap();
        assert!(visitor.next(&session).await.has("info"));
    })
    .await;
}

#[tokio::test]
async fn f9_bookkeeping_is_not_among_the_data() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.flash("success", 1).unwrap();
        for key in ["token", "_token", "_flash.new", "input", "errors", "previous_url"] {
            session.put(key, -1).unwrap();
        }
        let token = session.token().unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.token().unwrap(), token);
        assert!(session.has("success") && session.errors().is_empty() && session.previous_url().is_none());
        let session = visitor.next(&session).await;
        assert!(session.missing("success") && session.has(["token", "_flash.new"]));
    })
    .await;
}

#[tokio::test]
async fn f_37_of_two_tabs_both_may_show_a_flash_and_none_after_them() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.flash("success", 1).unwrap()).await;
        let (first, second) = (visitor.visit().await, visitor.visit().await);
        assert!(first.has("success") && second.has("success"));
        visitor.leave(&first, Ending::CloseAndAge).await.unwrap();
        visitor.leave(&second, Ending::CloseAndAge).await.unwrap();
        assert!(visitor.visit().await.missing("success"));
    })
    .await;
}

#[tokio::test]
async fn ageing_leaves_alone_what_a_parallel_request_has_flashed_again() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.flash("success", "first").unwrap()).await;
        let (page, form) = (visitor.visit().await, visitor.visit().await);
        form.flash("success", "second").unwrap();
        visitor.leave(&form, Ending::Close).await.unwrap();
        visitor.leave(&page, Ending::CloseAndAge).await.unwrap();
        let session = visitor.visit().await;
        assert_eq!(session.get::<String>("success").unwrap().as_deref(), Some("second"));
        assert!(visitor.next(&session).await.missing("success"));
    })
    .await;
}

#[tokio::test]
async fn only_reading_what_was_handed_on_counts_as_reading_flash() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.flash("success", 1).and_then(|()| session.put("n", 1)).unwrap()).await;
        let session = visitor.visit().await;
        session.flash("other", 1).unwrap();
        assert!(session.has(["n", "other"]) && session.except("success").len() == 2);
        assert!(!session.flash_was_read());
        assert!(session.has("success"));
        assert!(session.flash_was_read());
    })
    .await;
}
