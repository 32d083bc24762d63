//! Parallel requests of one visitor: no writes are lost.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    error::Error,
    testing::{
        site::Site,
        violation::{Checked, ensure, same},
        visitor::{Visitor, concurrently},
    },
    visit::commit::Ending,
};

/// Fifty concurrent requests with one key each leave fifty keys.
pub async fn fifty_puts_leave_fifty_keys(site: Arc<Site>) -> Checked {
    let visitor = Visitor::known(&site).await?;
    concurrently(&visitor, 50, |number, session| session.put(format!("key{number}"), number)).await?;
    let session = visitor.try_visit().await?;
    for number in 0..50 {
        same("what one of fifty requests put", session.get(format!("key{number}"))?, Some(number))?;
    }
    same("the number of keys after fifty puts", session.all().len(), 51)
}

/// Fifty concurrent increments add fifty.
pub async fn fifty_increments_add_fifty(site: Arc<Site>) -> Checked {
    let visitor = Visitor::known(&site).await?;
    concurrently(&visitor, 50, |_, session| session.increment("count").map(drop)).await?;
    same("the count after fifty increments", visitor.try_visit().await?.get("count")?, Some(50))
}

/// Fifty concurrent updates of one value are all included.
pub async fn fifty_updates_leave_fifty_items(site: Arc<Site>) -> Checked {
    let visitor = Visitor::known(&site).await?;
    concurrently(&visitor, 50, |number, session| {
        session.update("cart", move |cart: &mut Vec<usize>| cart.push(number)).map(drop)
    })
    .await?;
    let items: Vec<usize> = visitor.try_visit().await?.get("cart")?.unwrap_or_default();
    same("the number of items after fifty updates", items.len(), 50)?;
    same("the items", items.into_iter().collect::<BTreeSet<_>>(), (0..50).collect())
}

/// Values that a request writes together are read together.
pub async fn what_is_written_together_is_read_together(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    visitor.ask(|session| session.put_many([("a", 0), ("b", 0)])).await?;
    let reader = visitor.twin();
    let reading = tokio::spawn(async move {
        for _ in 0..100 {
            let session = reader.try_visit().await?;
            ensure(session.has(["a", "b"]), "a session that is being saved exists all the time")?;
            same("two values that are always written together", session.get::<usize>("a")?, session.get("b")?)?;
        }
        Ok::<_, super::Violation>(())
    });
    concurrently(&visitor, 30, |number, session| session.put_many([("a", number), ("b", number)])).await?;
    reading.await?
}

/// A value that is taken goes to exactly one of fifty requests.
pub async fn a_take_goes_to_one_request(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    visitor.ask(|session| session.put("coupon", "WELCOME")).await?;
    let mut requests = Vec::new();
    for _ in 0..50 {
        let session = visitor.try_visit().await?;
        requests.push(tokio::spawn(async move {
            let taken = session.take::<String>("coupon").await?;
            session.increment("requests")?;
            session.commit(Ending::Close).await?;
            Ok::<_, Error>(taken.is_some())
        }));
    }
    let mut winners = 0;
    for request in requests {
        winners += usize::from(request.await??);
    }
    same("the number of requests, of fifty, that took the value", winners, 1)?;
    let session = visitor.try_visit().await?;
    ensure(session.missing("coupon") && session.has("name"), "the taken value is gone, and nothing else")?;
    same("what the fifty requests wrote besides", session.get("requests")?, Some(50))
}
