//! Dropped callers: a call that is dropped halfway leaves the old record or the new one, and no lock behind.

use std::{
    future::{Future, poll_fn},
    num::NonZeroU64,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use crate::{
    contract::{Creation, Digest, Found, Lock, Record, Update},
    testing::{
        site::{Site, digest},
        violation::{Checked, ensure, instead, same},
        visitor::Visitor,
    },
};

/// A call is dropped after its first poll, after its second, and so on up to this number, or until it finishes earlier.
const POLLS: usize = 24;

/// Polls a future this many times and drops it. Returns whether it finished before.
pub(crate) async fn dropped_after(polls: usize, future: impl Future + Send) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Checks that the record is one of the two that may be there, and that the next update succeeds over it.
async fn is_whole(site: &Site, digest: &Digest, old: Option<&Record>, new: &Record) -> Checked {
    // A call that was started may still finish meanwhile, so an update may lose once, but not twice.
    for _ in 0..3 {
        match site.store().load(digest).await? {
            None if old.is_none() => {
                if site.store().create(digest, new.clone()).await? == Creation::Created {
                    return site.holds("a creation after a dropped one", digest, Some(new)).await;
                }
            }
            Some(Found::Live(record)) if Some(&record) == old || record == *new => {
                let next = Record { version: record.version + 1, ..new.clone() };
                if site.store().update(digest, record.version, next.clone()).await? == Update::Saved {
                    return site.holds("an update after a dropped call", digest, Some(&next)).await;
                }
            }
            found => {
                return Err(instead("a dropped call leaves the old record or the new one, complete", &found));
            }
        }
    }
    Err(super::Violation::Broken("after a dropped call, no other call can write the record".to_owned()))
}

/// A dropped creation leaves nothing, or the complete record.
pub async fn a_creation_that_is_dropped_leaves_all_or_nothing(site: Arc<Site>) -> Checked {
    for polls in 1..=POLLS {
        let (digest, record) = (digest()?, site.record(1, &"new ".repeat(2_000)));
        let ended = dropped_after(polls, site.store().create(&digest, record.clone())).await;
        is_whole(&site, &digest, None, &record).await?;
        if ended {
            break;
        }
    }
    Ok(())
}

/// A dropped update leaves the old record or the new one.
pub async fn an_update_that_is_dropped_leaves_old_or_new(site: Arc<Site>) -> Checked {
    for polls in 1..=POLLS {
        let (digest, old) = site.keep(&"old ".repeat(2_000)).await?;
        let new = site.record(2, &"new ".repeat(3_000));
        let ended = dropped_after(polls, site.store().update(&digest, 1, new.clone())).await;
        is_whole(&site, &digest, Some(&old), &new).await?;
        if ended {
            break;
        }
    }
    Ok(())
}

/// A dropped touch leaves the record as it was, or touched.
pub async fn a_touch_that_is_dropped_leaves_old_or_new(site: Arc<Site>) -> Checked {
    for polls in 1..=POLLS {
        let (digest, old) = site.keep("data").await?;
        let later = old.expires_at + Duration::from_secs(60);
        let new = Record { expires_at: later, ..old.clone() };
        let ended = dropped_after(polls, site.store().touch(&digest, old.active_at, later)).await;
        is_whole(&site, &digest, Some(&old), &new).await?;
        if ended {
            break;
        }
    }
    Ok(())
}

/// A dropped rotation never loses the session: it is under the old digest, or under the new one.
pub async fn a_rotation_that_is_dropped_loses_nobody(site: Arc<Site>) -> Checked {
    for polls in 1..=POLLS {
        let ((old, before), new) = (site.keep("old").await?, digest()?);
        let (after, forward) = (site.record(2, "new"), super::renewal::forward(&site, new));
        let rotation = site.store().rotate(&old, 1, &new, after.clone(), forward.clone());
        let ended = dropped_after(polls, rotation).await;
        match site.store().load(&old).await? {
            Some(Found::Live(record)) => same("the record of a dropped rotation", record, before)?,
            Some(Found::Moved(found)) => {
                same("the forward to the successor", found, forward)?;
                site.holds("the successor that an old digest forwards to", &new, Some(&after)).await?;
            }
            found => return Err(instead("a dropped rotation leaves the record or a forward to it", &found)),
        }
        site.store().destroy(&old).await?;
        if ended {
            break;
        }
    }
    Ok(())
}

/// A dropped lock is granted or not, and its owner can release it.
pub async fn a_lock_that_is_dropped_can_be_released(site: Arc<Site>) -> Checked {
    for polls in 1..=POLLS {
        let (digest, record) = site.keep("data").await?;
        let (owner, now) = (NonZeroU64::MIN, site.clock.now());
        let lock = Lock { owner, until: now + Duration::from_secs(60) };
        let ended = dropped_after(polls, site.store().lock(&digest, lock, now)).await;
        is_released(&site, &digest, owner, &record).await?;
        if ended {
            break;
        }
    }
    Ok(())
}

/// Checks that an owner whose `lock` was dropped can release it. The dropped call may finish in the meantime, and then
/// the lock must be released again.
async fn is_released(site: &Site, digest: &Digest, owner: NonZeroU64, record: &Record) -> Checked {
    const TRIES: u32 = 100;
    for attempt in 1..=TRIES {
        site.store().unlock(digest, owner).await?;
        match site.store().load(digest).await? {
            Some(Found::Live(found)) if found.lock.is_some() && attempt < TRIES => {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Some(Found::Live(found)) => {
                same("the record of a dropped lock", (found.payload, found.lock), (record.payload.clone(), None))?;
                break;
            }
            found => return Err(instead("a dropped lock leaves the record", &found)),
        }
    }
    Ok(())
}

/// A dropped destruction leaves the complete record or nothing, and can be repeated.
pub async fn a_destruction_that_is_dropped_can_be_tried_again(site: Arc<Site>) -> Checked {
    for polls in 1..=POLLS {
        let (digest, record) = site.keep("data").await?;
        let ended = dropped_after(polls, site.store().destroy(&digest)).await;
        let found = site.store().load(&digest).await?;
        ensure(
            found.is_none() || found == Some(Found::Live(record)),
            "a dropped destruction leaves the complete record or nothing",
        )?;
        site.store().destroy(&digest).await?;
        site.holds("the digest after a second `destroy`", &digest, None).await?;
        if ended {
            break;
        }
    }
    Ok(())
}

/// A visitor who disconnects during a save finds all of it later, or nothing, and can save again.
pub async fn a_visitor_who_leaves_during_a_save_loses_nothing(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    for polls in 1..=POLLS {
        let session = visitor.try_visit().await?;
        session.put_many([("first", polls), ("second", polls)])?;
        let ended = dropped_after(polls, session.save()).await;
        let now = visitor.try_visit().await?;
        same("the values of a dropped save", now.get::<usize>("first")?, now.get("second")?)?;
        visitor.ask(|session| session.increment("saves").map(drop)).await?;
        let now = visitor.try_visit().await?;
        same("the number of saves after the dropped ones", now.get("saves")?, Some(polls))?;
        if ended {
            break;
        }
    }
    Ok(())
}
