//! Sessions expire by the core's clock. The collector removes expired records and nothing else.

use std::{sync::Arc, time::Duration};

use crate::{
    contract::{Creation, Digest, Record, Update},
    testing::{
        site::{LIFETIME, Site, digest},
        violation::{Checked, ensure, same},
        visitor::Visitor,
    },
    visit::{Ending, Session},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// More runs of the collector than any store needs for the records of a check.
const RUNS: usize = 1_000;

/// A session has expired when its age equals its lifetime, whatever the store still holds, and its id is not used
/// again.
pub async fn a_session_ends_by_its_lifetime_whatever_is_kept(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let old = visitor.id.clone();
    site.clock.advance(LIFETIME - SECOND);
    ensure(visitor.finds("name").await?, "a session exists a second before it expires")?;
    site.clock.advance(SECOND);
    ensure(!visitor.finds("name").await?, "a session has expired at the end of its lifetime")?;
    visitor.ask(|session| session.put("city", "London")).await?;
    ensure(visitor.id != old, "the id of an expired session is not used again")?;
    ensure(visitor.finds("city").await?, "the new session is kept")
}

/// A request that only reads keeps the session alive.
pub async fn every_request_counts_as_activity(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    for _ in 0..5 {
        site.clock.advance(LIFETIME - SECOND);
        ensure(visitor.finds("name").await?, "a request that only reads keeps its session alive")?;
        visitor.ask(|_| Ok(())).await?;
    }
    Ok(())
}

/// Collects until the store reports that there is no more. Returns how many records were removed.
async fn collect(site: &Site, batch: usize) -> Checked<u64> {
    let mut removed = 0;
    for _ in 0..RUNS {
        let collected = site.store().collect(site.clock.now(), batch).await?;
        ensure(
            !site.is_store || collected.removed <= batch as u64,
            "a run of `collect` removes at most a batch of records",
        )?;
        removed += collected.removed;
        if !collected.more {
            return Ok(removed);
        }
    }
    Err(super::Violation::Broken("`collect` reports that there is more, without end".to_owned()))
}

/// Creates a record that expires in a minute.
async fn keep_for_a_minute(site: &Site) -> Checked<(Digest, Record)> {
    let record = site.record(1, "for a minute");
    let (digest, record) = (digest()?, Record { expires_at: site.clock.now() + MINUTE, ..record });
    same("`create`", site.store().create(&digest, record.clone()).await?, Creation::Created)?;
    Ok((digest, record))
}

/// The collector removes only expired records, returns how many, and has nothing to do the second time.
///
/// A store that expires records on its own may leave them where they are, and then returns 0.
pub async fn the_collector_removes_only_what_has_expired(site: Arc<Site>) -> Checked {
    let (mut alive, mut over) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        alive.push(site.keep("alive").await?);
        over.push(keep_for_a_minute(&site).await?.0);
    }
    site.clock.advance(MINUTE - SECOND);
    same("what `collect` removes before anything has expired", collect(&site, 3).await?, 0)?;
    site.clock.advance(SECOND);
    let removed = collect(&site, 3).await?;
    let mut gone = 0;
    for digest in &over {
        gone += u64::from(site.store().load(digest).await?.is_none());
    }
    ensure(removed <= gone, "`collect` counts only what it removed")?;
    ensure(removed == 0 || removed == gone, "`collect` counts everything that it removed")?;
    ensure(removed == 0 || gone == over.len() as u64, "`collect` continues until all expired records are gone")?;
    same("what a second `collect` removes", collect(&site, 3).await?, 0)?;
    for (digest, record) in &alive {
        site.holds("a live session after the collector's run", digest, Some(record)).await?;
    }
    Ok(())
}

/// A record that was touched, updated or renewed lives as long as it was given then.
pub async fn the_collector_leaves_what_was_given_a_longer_life(site: Arc<Site>) -> Checked {
    let (store, later) = (site.store(), site.clock.now() + LIFETIME);
    let (touched, record) = keep_for_a_minute(&site).await?;
    same("`touch`", store.touch(&touched, record.active_at, later).await?, true)?;
    let (updated, _) = keep_for_a_minute(&site).await?;
    same("`update`", store.update(&updated, 1, site.record(2, "updated")).await?, Update::Saved)?;
    let ((old, _), renewed) = (keep_for_a_minute(&site).await?, digest()?);
    let forward = super::renewal::forward(&site, renewed);
    same("`rotate`", store.rotate(&old, 1, &renewed, site.record(2, "renewed"), forward).await?, Update::Saved)?;
    site.clock.advance(10 * MINUTE);
    collect(&site, 100).await?;
    for (what, digest) in [("touch", touched), ("update", updated), ("rotate", renewed)] {
        let promise = format!("the collector keeps a session that a `{what}` gave a longer life");
        ensure(store.load(&digest).await?.is_some(), &promise)?;
    }
    Ok(())
}

/// The collector keeps the forward of an old id as long as its record says: while it is open, and afterwards for a
/// caller that ends the session under the old id.
pub async fn the_collector_leaves_the_forward_of_an_old_id(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let (old, mut late) = (visitor.twin(), visitor.twin());
    let slow = late.try_visit().await?;
    visitor.ask(Session::regenerate).await?;
    site.clock.advance(29 * SECOND);
    collect(&site, 100).await?;
    ensure(old.finds("name").await?, "the collector keeps the forward of an old id as long as it is open")?;
    site.clock.advance(10 * MINUTE);
    collect(&site, 100).await?;
    slow.logout()?;
    late.leave(&slow, Ending::Close).await?;
    ensure(!visitor.finds("name").await?, "a logout under an old id ends the session as long as its forward is kept")
}
