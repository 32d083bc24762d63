//! What a form that failed validation leaves in the session.

use serde_json::json;

use crate::{
    data::ErrorBag,
    tests::visitor::{ALONE, DRIVERS, on_each},
    visit::Ending,
};

fn errors() -> ErrorBag {
    let mut errors = ErrorBag::new();
    errors.add("name", "Too short.");
    errors
}

#[tokio::test]
async fn f12_what_was_sent_comes_back_on_the_next_page_and_then_is_gone() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.flash_input(json!({ "name": "A", "tags": ["a", "b"], "home": { "city": "London" } })).unwrap();
        session.flash_errors(&errors()).unwrap();
        visitor.leave(&session, Ending::Close).await.unwrap();
        let session = visitor.visit().await;
        assert_eq!(session.old::<String>("name").unwrap().as_deref(), Some("A"));
        assert_eq!(session.old::<String>("home.city").unwrap().as_deref(), Some("London"));
        assert_eq!(session.old::<Vec<String>>("tags").unwrap().unwrap(), ["a", "b"]);
        assert_eq!(session.errors().first("name"), Some("Too short."));
        assert!(session.flash_was_read());
        let session = visitor.next(&session).await;
        assert_eq!(session.old::<String>("name").unwrap(), None);
        assert!(session.errors().is_empty(), "F13: nothing flashes the errors again");
    })
    .await;
}

#[tokio::test]
async fn f11_a_field_never_becomes_a_key_of_the_session() {
    on_each(DRIVERS, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("role", "guest").unwrap();
        session.flash_input(json!({ "role": "admin", "password": "x", "_token": "x" })).unwrap();
        assert_eq!(session.get::<String>("role").unwrap().as_deref(), Some("guest"));
        assert_eq!(session.old::<String>("role").unwrap().as_deref(), Some("admin"));
        let next = visitor.next(&session).await;
        assert_eq!(next.all().len(), usize::from(visitor.keeps()));
    })
    .await;
}

#[tokio::test]
async fn sr_38_the_store_never_sees_a_password() {
    on_each(["file", "six"], async |mut visitor| {
        visitor.request(|session| session.flash_input(json!({ "password": "correct horse" })).unwrap()).await;
        let bytes = visitor.site.bytes(&visitor.digest()).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"correct"));
    })
    .await;
}

#[tokio::test]
async fn reflash_carries_the_form_on_too() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.flash_input(json!({ "name": "A" })).unwrap();
        session.flash_errors(&errors()).unwrap();
        let session = visitor.next(&session).await;
        session.reflash().unwrap();
        let session = visitor.next(&session).await;
        assert!(session.errors().has("name") && session.old::<String>("name").unwrap().is_some());
        let session = visitor.next(&session).await;
        assert!(session.errors().is_empty() && session.old::<String>("name").unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_page_shown_last_is_noted_on_a_session_there_is() {
    on_each(ALONE, async |mut visitor| {
        visitor.request(|session| session.set_previous_url("/first").unwrap()).await;
        assert_eq!(visitor.id, None, "viewing a page creates no session");
        visitor.request(|session| session.put("n", 1).unwrap()).await;
        visitor.request(|session| session.set_previous_url("/cart?page=2").unwrap()).await;
        assert_eq!(visitor.visit().await.previous_url().as_deref(), Some("/cart?page=2"));
    })
    .await;
}
