//! Session locks: one owner at a time, until the lease ends, and no save after it.

use std::{num::NonZeroU64, sync::Arc, time::Duration};

use crate::{
    config::concurrency,
    contract::{Digest, Found, Lock, Locking, Record, Update},
    error::Error,
    testing::{
        renewal::forward,
        site::{Site, digest},
        violation::{Checked, Violation, ensure, instead, same},
        visitor::Visitor,
    },
    visit::{Ending, Session},
};

const LEASE: Duration = Duration::from_secs(60);

/// A lock of this owner that starts now.
fn lock(site: &Site, owner: NonZeroU64) -> Lock {
    Lock { owner, until: site.clock.now() + LEASE }
}

const ONE: NonZeroU64 = NonZeroU64::MIN;
const OTHER: NonZeroU64 = NonZeroU64::MAX;

/// Locks a free record, and returns the record with the lock.
async fn locked(site: &Site, digest: &Digest, record: &Record, owner: NonZeroU64) -> Checked<Record> {
    let lock = lock(site, owner);
    let locking = site.store().lock(digest, lock, site.clock.now()).await?;
    let decided = Locking::decide(Some(Found::Live(record.clone())), lock, site.clock.now());
    same("`lock` of a free record", &locking, &decided)?;
    let Locking::Granted(expected) = decided else {
        return Err(Violation::Broken("a free record can be locked".to_owned()));
    };
    site.holds("a locked record", digest, Some(&expected)).await?;
    Ok(expected)
}

/// One owner has the lock. Another one gets the end of the lease, and gets the lock then, or once it was released.
pub async fn a_lock_has_one_owner_until_its_end(site: Arc<Site>) -> Checked {
    let (store, (digest, record)) = (site.store(), site.keep("data").await?);
    let first = locked(&site, &digest, &record, ONE).await?;
    let held = Locking::Held(site.clock.now() + LEASE);
    site.clock.advance(LEASE - Duration::from_secs(1));
    same("`lock` of another owner", store.lock(&digest, lock(&site, OTHER), site.clock.now()).await?, held)?;
    site.holds("the record after a refused lock", &digest, Some(&first)).await?;
    site.clock.advance(Duration::from_secs(1));
    let second = locked(&site, &digest, &first, OTHER).await?;
    same("`unlock`", store.unlock(&digest, OTHER).await?, None)?;
    let Some(free) = second.unlocked(OTHER) else {
        return Err(Violation::Broken("its owner can unlock a record".to_owned()));
    };
    site.holds("a record whose lock was released", &digest, Some(&free)).await?;
    locked(&site, &digest, &free, ONE).await.map(drop)
}

/// A lock is released by its owner and by nobody else.
pub async fn only_its_owner_releases_a_lock(site: Arc<Site>) -> Checked {
    let (store, (digest, record)) = (site.store(), site.keep("data").await?);
    store.unlock(&digest, ONE).await?;
    site.holds("a free record after `unlock`", &digest, Some(&record)).await?;
    let record = locked(&site, &digest, &record, ONE).await?;
    store.unlock(&digest, OTHER).await?;
    site.holds("a record after an `unlock` by another owner", &digest, Some(&record)).await
}

/// An owner whose lease had ended when the next one came cannot save.
pub async fn a_former_owner_writes_nothing(site: Arc<Site>) -> Checked {
    let (store, (digest, record), other) = (site.store(), site.keep("data").await?, digest()?);
    let first = locked(&site, &digest, &record, ONE).await?;
    site.clock.advance(LEASE);
    let second = locked(&site, &digest, &first, OTHER).await?;
    let (late, conflict) = (site.record(first.version + 1, "late"), Update::Conflict(second.clone()));
    let updated = store.update(&digest, first.version, late.clone()).await?;
    same("`update` by a former owner", updated, conflict.clone())?;
    let rotated = store.rotate(&digest, first.version, &other, late, forward(&site, other)).await?;
    same("`rotate` by a former owner", rotated, conflict)?;
    site.holds("the record of the current owner", &digest, Some(&second)).await
}

/// A record that is not live cannot be locked, and locking does not create one.
pub async fn what_is_not_alive_is_not_locked(site: Arc<Site>) -> Checked {
    let (store, now, (old, _), new) = (site.store(), site.clock.now(), site.keep("data").await?, digest()?);
    let moved = forward(&site, new);
    same("`rotate`", store.rotate(&old, 1, &new, site.record(2, "new"), moved.clone()).await?, Update::Saved)?;
    let locking = store.lock(&old, lock(&site, ONE), now).await?;
    same("`lock` of an old digest", locking, Locking::NotLive(Some(Found::Moved(moved.clone()))))?;
    same("`unlock` of an old digest", store.unlock(&old, ONE).await?, Some(moved))?;
    store.destroy(&new).await?;
    for (what, digest) in [("`lock` of a destroyed record", new), ("`lock` of one that was never created", digest()?)] {
        same(what, store.lock(&digest, lock(&site, ONE), now).await?, Locking::NotLive(None))?;
        store.unlock(&digest, ONE).await?;
        site.holds("what is there afterwards", &digest, None).await?;
    }
    Ok(())
}

/// Of many requests for a lock at the same time, one gets it.
pub async fn of_many_locks_at_once_one_is_granted(site: Arc<Site>) -> Checked {
    for _ in 0..20 {
        let (digest, _) = site.keep("data").await?;
        let mut tries = Vec::new();
        for owner in (1..=8).filter_map(NonZeroU64::new) {
            let other = Arc::clone(&site);
            tries.push(tokio::spawn(async move {
                other.store().lock(&digest, lock(&other, owner), other.clock.now()).await
            }));
        }
        let mut granted = 0;
        for locking in tries {
            match locking.await?? {
                Locking::Granted(_) => granted += 1,
                Locking::Held(_) => {}
                Locking::NotLive(found) => return Err(instead("a live record is locked or held", &found)),
            }
        }
        same("how many of eight locks at once are granted", granted, 1)?;
    }
    Ok(())
}

/// Requests that block run one after the other, whatever they do and however they end.
pub async fn requests_that_block_run_one_at_a_time(site: Arc<Site>) -> Checked {
    let visitor = Visitor::known(&site).await?;
    let mut requests = Vec::new();
    for number in 0..12 {
        let mut tab = visitor.twin();
        requests.push(tokio::spawn(async move {
            let session = tab.try_visit_with(concurrency::block()).await?;
            let count = session.get_or("count", 0)?;
            tokio::task::yield_now().await;
            session.put("count", count + 1)?;
            match number % 3 {
                0 => session.close().await?,
                1 => tab.leave(&session, Ending::Close).await?,
                // Dropped halfway: the lock is released in the background, and what was written is discarded.
                _ => drop(session),
            }
            Ok::<_, Error>(())
        }));
    }
    for request in requests {
        request.await??;
    }
    let session = visitor.try_visit().await?;
    same("the count of eight blocking requests, besides four that were dropped", session.get("count")?, Some(8))
}

/// A request that kept the session for longer than its lease cannot save.
pub async fn a_request_whose_lease_has_ended_cannot_save(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let slow = visitor.try_visit_with(concurrency::block()).await?;
    slow.put("name", "late")?;
    site.clock.advance(LEASE);
    let mut next = visitor.twin();
    let session = next.try_visit_with(concurrency::block()).await?;
    session.put("city", "London")?;
    ensure(matches!(slow.save().await, Err(Error::LockLost)), "a save after the lease has ended is an error")?;
    next.leave(&session, Ending::Close).await?;
    ensure(visitor.leave(&slow, Ending::Close).await.is_err(), "so is a second one")?;
    let session = visitor.try_visit().await?;
    same("what the request within its lease wrote", session.get("city")?, Some("London".to_owned()))?;
    same("what the late request found", session.get("name")?, Some("Ada".to_owned()))
}

/// A logout beats a request that holds the lock, and one that waits for it.
pub async fn a_logout_beats_the_owner_of_the_lock(site: Arc<Site>) -> Checked {
    let visitor = Visitor::known(&site).await?;
    let (mut holder, mut other, waiter) = (visitor.twin(), visitor.twin(), visitor.twin());
    let session = holder.try_visit_with(concurrency::block()).await?;
    session.put("city", "London")?;
    let waiting = tokio::spawn(async move {
        let session = waiter.try_visit_with(concurrency::block()).await?;
        Ok::<_, Error>(session.has("name"))
    });
    other.ask(Session::logout).await?;
    holder.leave(&session, Ending::Close).await?;
    ensure(!visitor.finds("name").await?, "a logged-out session stays ended, whoever held its lock")?;
    ensure(!waiting.await??, "a request that waited for a logged-out session gets a fresh one")
}
