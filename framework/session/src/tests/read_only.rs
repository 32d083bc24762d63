//! Requests that only read.

use crate::{
    config::read_only,
    error::Error,
    tests::visitor::{DRIVERS, on_each},
    visit::Ending,
};

#[tokio::test]
async fn a_request_that_only_reads_writes_nothing_but_that_it_was_there() {
    on_each(DRIVERS, async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        visitor.request(|session| session.flash("success", "Saved.").unwrap()).await;
        let id = visitor.visit().await.id().unwrap();
        for _ in 0..2 {
            let session = visitor.try_visit_with(read_only()).await.unwrap();
            assert_eq!(session.has(["name", "success"]), visitor.keeps());
            for error in [
                session.put("name", "Grace").unwrap_err(),
                session.regenerate().unwrap_err(),
                session.login("42").unwrap_err(),
                session.invalidate().unwrap_err(),
                session.flash("success", "Again.").unwrap_err(),
                session.take::<String>("name").await.unwrap_err(),
            ] {
                assert!(matches!(error, Error::ReadOnly) && !error.is_unavailable(), "{error}");
            }
            session.save().await.unwrap();
            session.close().await.unwrap();
            assert_eq!(session.has("name"), visitor.keeps(), "reading still works");
            visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
            assert_eq!(visitor.cookie, None);
        }
        visitor.site.advance(600);
        let session = visitor.try_visit_with(read_only()).await.unwrap();
        visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
        assert_eq!(visitor.cookie.is_some(), visitor.keeps(), "it counts as activity");
        assert_eq!(visitor.visit().await.id().unwrap() == id, visitor.keeps());
    })
    .await;
}
