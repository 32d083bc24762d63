//! Parallel requests of one visitor: no writes are lost, and no request waits.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    tests::visitor::{KEEPING, Visitor, at_once, on_each},
    visit::{Ending, Session},
};

async fn known(visitor: &mut Visitor) {
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_20_fifty_requests_with_a_key_each_leave_fifty_keys() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        at_once(&visitor, 50, |n, session| session.put(format!("u{n}"), n).unwrap()).await;
        let session = visitor.visit().await;
        for n in 0..50 {
            assert_eq!(session.get::<usize>(&format!("u{n}")).unwrap(), Some(n));
        }
        assert_eq!(session.all().len(), 51);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_20_fifty_increments_add_fifty() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        at_once(&visitor, 50, |_, session| assert_eq!(session.increment("count").unwrap(), 1)).await;
        assert_eq!(visitor.visit().await.get::<u8>("count").unwrap(), Some(50));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_20_fifty_updates_and_pushes_leave_fifty_items() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        at_once(&visitor, 50, |n, session| {
            session.update("cart", move |cart: &mut Vec<usize>| cart.push(n)).unwrap();
            session.push("shop.list", n).unwrap();
        })
        .await;
        let session = visitor.visit().await;
        for key in ["cart", "shop.list"] {
            let items = session.get::<Vec<usize>>(key).unwrap().unwrap();
            assert_eq!(items.len(), 50);
            assert_eq!(items.into_iter().collect::<BTreeSet<_>>(), (0..50).collect());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_20_fields_of_one_value_are_merged_too() {
    on_each(KEEPING, async |mut visitor| {
        visitor.request(|session| session.put("user", json!({ "name": "Ada" })).unwrap()).await;
        at_once(&visitor, 20, |n, session| session.put(format!("user.f{n}"), n).unwrap()).await;
        assert_eq!(visitor.visit().await.get::<Value>("user").unwrap().unwrap().as_object().unwrap().len(), 21);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_20_what_one_request_writes_together_is_read_together() {
    on_each(["file", "memory"], async |mut visitor| {
        visitor.request(|session| session.put_many([("a", 0), ("b", 0)]).unwrap()).await;
        let readers = (0..4).map(|_| {
            let reader = visitor.twin();
            tokio::spawn(async move {
                for _ in 0..50 {
                    let session = reader.visit().await;
                    assert_eq!(session.get::<usize>("a").unwrap(), session.get::<usize>("b").unwrap());
                }
            })
        });
        let readers: Vec<_> = readers.collect();
        at_once(&visitor, 50, |n, session| session.put_many([("a", n), ("b", n)]).unwrap()).await;
        for reader in readers {
            reader.await.unwrap();
        }
    })
    .await;
}

async fn first_then_second(visitor: &mut Visitor, first: impl Fn(&Session), second: impl Fn(&Session)) -> Value {
    let (slow, fast) = (visitor.visit().await, visitor.visit().await);
    second(&slow);
    first(&fast);
    visitor.leave(&fast, Ending::Close).await.unwrap();
    visitor.leave(&slow, Ending::Close).await.unwrap();
    Value::from(visitor.visit().await.all())
}

#[tokio::test]
async fn the_second_put_of_one_key_wins() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let put = |value| move |session: &Session| session.put("name", value).unwrap();
        assert_eq!(first_then_second(&mut visitor, put("Grace"), put("Edith")).await, json!({ "name": "Edith" }));
    })
    .await;
}

#[tokio::test]
async fn a_removal_removes_its_key_and_no_other() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let data = first_then_second(
            &mut visitor,
            |session| session.put("city", "London").unwrap(),
            |session| session.forget("name").unwrap(),
        )
        .await;
        assert_eq!(data, json!({ "city": "London" }));
    })
    .await;
}

#[tokio::test]
async fn a_flush_that_comes_second_removes_what_came_first() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let put = |session: &Session| session.put("city", "London").unwrap();
        let data = first_then_second(&mut visitor, put, |session| {
            session.flush().unwrap();
            session.put("after", 1).unwrap();
        })
        .await;
        assert_eq!(data, json!({ "after": 1 }));
        let data = first_then_second(&mut visitor, |session| session.flush().unwrap(), put).await;
        assert_eq!(data, json!({ "city": "London" }));
    })
    .await;
}

#[tokio::test]
async fn a_change_that_no_longer_fits_is_left_out_and_the_others_are_saved() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let data = first_then_second(
            &mut visitor,
            |session| session.put_many([("n", json!("text")), ("list", json!(1)), ("map", json!([1]))]).unwrap(),
            |session| {
                session.increment("n").unwrap();
                session.push("list", 1).unwrap();
                session.put("map.field", 1).unwrap();
                session.update("n", |n: &mut u8| *n += 1).unwrap();
                session.put("saved", true).unwrap();
            },
        )
        .await;
        assert_eq!(data, json!({ "name": "Ada", "n": "text", "list": 1, "map": [1], "saved": true }));
    })
    .await;
}

#[tokio::test]
async fn f_16_two_processes_on_one_folder_merge() {
    on_each(["file"], async |mut visitor| {
        known(&mut visitor).await;
        let other_site = visitor.site.beside(None, |_| {});
        let other = Visitor { site: other_site, id: visitor.id.clone(), cookie: None };
        let both = async |n: usize| {
            let tab = if n.is_multiple_of(2) { &visitor } else { &other };
            tab.visit().await
        };
        let mut sessions = Vec::new();
        for n in 0..40 {
            let session = both(n).await;
            session.put(format!("u{n}"), n).unwrap();
            session.increment("count").unwrap();
            sessions.push(session);
        }
        let ends = sessions.into_iter().map(|session| tokio::spawn(async move { session.commit(Ending::Close).await }));
        for end in ends.collect::<Vec<_>>() {
            end.await.unwrap().unwrap();
        }
        let session = other.visit().await;
        assert_eq!(session.get::<u8>("count").unwrap(), Some(40));
        assert_eq!(session.all().len(), 42);
    })
    .await;
}

#[tokio::test]
async fn f_21_a_touch_writes_no_data_back() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        visitor.site.advance(600);
        let reader = visitor.visit().await;
        visitor.request(|session| session.put("name", "Grace").unwrap()).await;
        visitor.leave(&reader, Ending::Close).await.unwrap();
        assert_eq!(visitor.visit().await.get::<String>("name").unwrap().as_deref(), Some("Grace"));
    })
    .await;
}

#[tokio::test]
async fn an_update_during_a_save_reads_the_session_and_is_saved_next() {
    on_each(KEEPING, async |mut visitor| {
        known(&mut visitor).await;
        let session = visitor.visit().await;
        session.put("price", 3).unwrap();
        let lookup = session.clone();
        // A driver that yields has the update in the middle of the save.
        let ((), saved) = tokio::join!(
            async {
                tokio::task::yield_now().await;
                session.update("sum", move |sum: &mut u32| *sum += lookup.get_or::<u32>("price", 0).unwrap()).unwrap();
            },
            session.save(),
        );
        saved.unwrap();
        assert_eq!(session.get::<u32>("sum").unwrap(), Some(3));
        assert_eq!(visitor.next(&session).await.get::<u32>("sum").unwrap(), Some(3));
    })
    .await;
}
