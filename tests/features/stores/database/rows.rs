//! The rows of the table, and what happens when another program has written there.

use salon::database::sqlx;
use salon_tests::forms_of;

use super::place::Place;

#[tokio::test]
async fn sr_45_a_row_that_is_copied_over_another_one_is_nobody_s_session() {
    let place = Place::sqlite().await;
    let server = place.server().await;
    let (ada, eve) = (server.visitor(), server.visitor());
    ada.get("/login").await.assert_status(200);
    eve.get("/count").await.assert_see("1");
    let pool = place.pool().await;
    let pool = pool.sqlite().expect("SQLite");
    let copied = sqlx::query(
        "UPDATE sessions SET (version, user_id, record) = (SELECT version, user_id, record FROM sessions WHERE user_id = 'ada') WHERE user_id IS NULL AND version > 0",
    );
    assert_eq!(copied.execute(pool).await.expect("an update").rows_affected(), 1);
    eve.get("/user").await.assert_status(200).assert_see("null");
    assert_eq!(eve.get("/all").await.text(), "{}");
    ada.get("/user").await.assert_see("ada");
    let whole = "UPDATE sessions SET record = substr(record, 1, length(record) - 1)";
    sqlx::query(whole).execute(pool).await.expect("an update");
    ada.get("/user").await.assert_status(200).assert_see("null");
    let ended = server.stop().await;
    assert_eq!(ended.assert_success().stderr.matches("a session record cannot be read").count(), 2, "{ended:?}");
}

#[tokio::test]
async fn sr_07_the_table_knows_no_id_and_encrypted_sessions_no_content() {
    let mut place = Place::sqlite().await;
    place.set("SESSION_ENCRYPT", "true");
    place.set("APP_KEY", "base64:OVlDrEnyygWXyAk1ajF5+UdhsJPnVO/jD9ghn7OpWM4=");
    let server = place.server().await;
    let ada = server.visitor();
    let mut ids = Vec::new();
    for path in ["/put?key=a_word_of_adas", "/login", "/regenerate"] {
        ada.get(path).await.assert_status(200);
        ids.push(ada.cookie("session").expect("a cookie"));
    }
    assert!(ada.get("/all").await.text().contains("a_word_of_adas"));
    server.stop().await.assert_success();
    let stored = std::fs::read(place.folder.path().join("storage/database.sqlite")).expect("a file");
    let holds = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
    for form in ids.iter().flat_map(|id| forms_of(id)) {
        assert!(!holds(&form), "the store knows {form:?}");
    }
    assert!(!holds(b"a_word_of_adas") && holds(b"SALN"));
}

#[tokio::test]
async fn rows_of_somebody_else_in_the_table_keep_no_session_from_being_moved() {
    let place = Place::sqlite().await;
    let server = place.server().await;
    for _ in 0..20 {
        server.visitor().get("/count").await.assert_see("1");
    }
    let foreign = "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 3000) \
                   INSERT INTO sessions SELECT randomblob(31), 1, NULL, 0, 0, 1, 0, zeroblob(50) FROM many";
    sqlx::query(foreign).execute(place.pool().await.sqlite().expect("SQLite")).await.expect("rows");
    let moved = place.run(&["session:migrate", "--from", "database", "--to", "file"]).await;
    assert!(moved.assert_success().stdout.contains("20 sessions were copied"), "{moved:?}");
    server.stop().await.assert_success();
}
