//! Dotted keys mean the same for every method.

use std::time::Duration;

use serde_json::{Value, json};

use crate::tests::visitor::{ALONE, on_each};

#[tokio::test]
async fn every_method_follows_the_rule_for_dotted_keys() {
    on_each(ALONE, async |mut visitor| {
        let session = visitor.visit().await;
        session.put("user", json!({ "name": "Ada", "city": "London" })).unwrap();
        session.replace([("v1.2", json!("literal")), ("user", json!({ "name": "Ada", "city": "London" }))]).unwrap();
        session.temp("code", json!({ "number": 7, "tries": 0 }), Duration::from_secs(60)).unwrap();
        session.flash("message", json!({ "text": "Saved.", "kind": "success" })).unwrap();

        let without = Value::from(session.except(["user.name", "v1.2", "code", "message"]));
        assert_eq!(without, json!({ "user": { "city": "London" } }));
        assert_eq!(Value::from(session.only(["user.name", "v1.2"])), json!({ "user.name": "Ada", "v1.2": "literal" }));
        session.remove_temp("code.number").unwrap();
        assert_eq!(session.get_temp::<Value>("code").unwrap(), Some(json!({ "tries": 0 })));
        session.remove_temp("user.name").unwrap();
        assert!(session.has("user.name"), "it is not temporary");

        let session = visitor.next(&session).await;
        session.keep("message.text").unwrap();
        let session = visitor.next(&session).await;
        assert_eq!(session.get_flash::<String>("message.text").unwrap().as_deref(), Some("Saved."));
        let session = visitor.next(&session).await;
        assert!(session.missing("message") && session.has("user.name"));
    })
    .await;
}
