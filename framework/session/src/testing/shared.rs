//! Two instances on the same storage, as two processes of an app, or one before and after a restart.

use std::sync::Arc;

use crate::{
    contract::{Creation, Found, Update},
    testing::{
        site::{Site, digest},
        violation::{Checked, ensure, same},
        visitor::Visitor,
    },
    visit::{Ending, Session},
};

/// Both instances: the argument of the checks of this section.
type Both = (Arc<Site>, Arc<Site>);

/// What one instance writes, the other sees at once.
pub async fn what_one_instance_writes_the_other_sees((first, second): Both) -> Checked {
    let (digest, record) = first.keep("first").await?;
    second.holds("a record that another instance created", &digest, Some(&record)).await?;
    let taken = second.store().create(&digest, record).await?;
    same("`create` under a digest that another instance took", taken, Creation::Taken)?;
    let updated = second.record(2, "second");
    same("`update`", second.store().update(&digest, 1, updated.clone()).await?, Update::Saved)?;
    first.holds("a record that another instance updated", &digest, Some(&updated)).await?;
    let late = first.store().update(&digest, 1, first.record(2, "late")).await?;
    same("`update` over a version that another instance replaced", late, Update::Conflict(updated))?;
    let ended = first.store().destroy(&digest).await?;
    ensure(ended.is_some(), "`destroy` returns what was there, whoever wrote it")?;
    let late = second.store().update(&digest, 2, second.record(3, "late")).await?;
    same("`update` of a record that another instance destroyed", late, Update::Gone)
}

/// Stored sessions are still there after the driver was closed and opened again.
pub async fn sessions_outlive_the_instance_that_wrote_them((first, second): Both) -> Checked {
    let ((digest, _), new) = (first.keep("before").await?, digest()?);
    let (record, forward) = (first.record(2, "after"), super::renewal::forward(&first, new));
    same("`rotate`", first.store().rotate(&digest, 1, &new, record.clone(), forward.clone()).await?, Update::Saved)?;
    first.store().close().await?;
    drop(first);
    second.holds("a record whose writer was closed", &new, Some(&record)).await?;
    same("the forward to it", second.store().load(&digest).await?, Some(Found::Moved(forward)))
}

/// A visitor whose requests go to both instances has one session.
pub async fn a_visitor_of_both_instances_has_one_session((first, second): Both) -> Checked {
    let mut visitor = Visitor::known(&first).await?;
    let mut other = Visitor { site: Arc::clone(&second), id: visitor.id.clone(), cookie: None };
    let slow = visitor.try_visit().await?;
    slow.put("city", "London")?;
    other.ask(|session| session.increment("visits").map(drop)).await?;
    visitor.leave(&slow, Ending::Close).await?;
    ensure(other.finds("city").await? && other.finds("visits").await?, "requests to two instances are merged")?;
    let old = other.twin();
    visitor.ask(Session::regenerate).await?;
    ensure(old.finds("name").await?, "an id that one instance renewed is forwarded by the other")?;
    other.ask(Session::logout).await?;
    ensure(!visitor.finds("name").await?, "a logout on one instance takes effect on the other")
}

/// Fifty concurrent requests, half of them to each instance, lose nothing.
///
/// A driver of six methods decides races within one process, so its requests are sent one after another.
pub async fn fifty_requests_to_both_instances_add_fifty((first, second): Both) -> Checked {
    let visitor = Visitor::known(&first).await?;
    let other = Visitor { site: Arc::clone(&second), id: visitor.id.clone(), cookie: None };
    let mut requests = Vec::new();
    for number in 0..50 {
        let session = if number % 2 == 0 { visitor.try_visit().await? } else { other.try_visit().await? };
        session.increment("visits")?;
        let request = tokio::spawn(async move { session.commit(Ending::Close).await });
        if first.is_store {
            requests.push(request);
        } else {
            request.await??;
        }
    }
    for request in requests {
        request.await??;
    }
    let visits = visitor.try_visit().await?.get("visits")?;
    same("the count after fifty requests to two instances", visits, Some(50))
}
