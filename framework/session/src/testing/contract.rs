//! The rules of the contract, one by one.

use std::{sync::Arc, time::Duration};

use crate::{
    contract::{Creation, Found, Record, Update},
    testing::{
        renewal::forward,
        site::{Site, digest},
        violation::{Checked, ensure, same},
    },
};

/// A record that was never created is not found, and no other call creates it.
pub async fn what_was_never_kept_is_not_found_and_not_made(site: Arc<Site>) -> Checked {
    let (store, digest, other, record) = (site.store(), digest()?, digest()?, site.record(2, "never"));
    site.holds("`load` of a digest that was never created", &digest, None).await?;
    same("`update` of an unknown digest", store.update(&digest, 1, record.clone()).await?, Update::Gone)?;
    same("`touch` of an unknown digest", store.touch(&digest, record.active_at, record.expires_at).await?, false)?;
    same(
        "`rotate` of an unknown digest",
        store.rotate(&digest, 1, &other, record, forward(&site, other)).await?,
        Update::Gone,
    )?;
    same("`destroy` of an unknown digest", store.destroy(&digest).await?, None)?;
    site.holds("`load` after calls that need a live record", &digest, None).await?;
    site.holds("`load` of a successor that was not created", &other, None).await
}

/// Creation is insert-only.
pub async fn creation_never_replaces(site: Arc<Site>) -> Checked {
    let (digest, first) = site.keep("first").await?;
    let second = site.record(1, "second");
    let created = site.store().create(&digest, second).await?;
    same("`create` under a digest that is taken", created, Creation::Taken)?;
    site.holds("the record that was there first", &digest, Some(&first)).await
}

/// A load after a write sees the write.
pub async fn a_load_sees_every_write_before_it(site: Arc<Site>) -> Checked {
    let (digest, first) = site.keep("version 1").await?;
    site.holds("`load` after `create`", &digest, Some(&first)).await?;
    for version in 2..=20 {
        let record = site.record(version, &format!("version {version}"));
        let updated = site.store().update(&digest, version - 1, record.clone()).await?;
        same("`update` over the expected version", updated, Update::Saved)?;
        site.holds("`load` after `update`", &digest, Some(&record)).await?;
    }
    Ok(())
}

/// Versions decide: an update over another version writes nothing and returns what is there.
pub async fn an_update_over_another_version_writes_nothing(site: Arc<Site>) -> Checked {
    let (store, (digest, _)) = (site.store(), site.keep("version 1").await?);
    let current = site.record(2, "version 2");
    same("`update` over the expected version", store.update(&digest, 1, current.clone()).await?, Update::Saved)?;
    for expected in [1, 3] {
        let updated = store.update(&digest, expected, site.record(expected + 1, "late")).await?;
        same("`update` over another version", updated, Update::Conflict(current.clone()))?;
        site.holds("the record after such an update", &digest, Some(&current)).await?;
    }
    Ok(())
}

/// A touch changes the two timestamps and nothing else, whatever the version.
pub async fn a_touch_changes_the_two_moments_and_nothing_else(site: Arc<Site>) -> Checked {
    let (digest, first) = site.keep("data").await?;
    let hour = Duration::from_secs(3600);
    let touched = Record { active_at: first.active_at + hour, expires_at: first.expires_at + hour, ..first };
    let answer = site.store().touch(&digest, touched.active_at, touched.expires_at).await?;
    same("`touch` of a live record", answer, true)?;
    site.holds("the record after a touch", &digest, Some(&touched)).await?;
    let next = Record { version: 2, ..touched };
    let updated = site.store().update(&digest, 1, next.clone()).await?;
    same("`update` after a touch, which does not change the version", updated, Update::Saved)?;
    site.holds("the record after both", &digest, Some(&next)).await
}

/// A touch that arrives late, after that of a later request, sets nothing back.
pub async fn a_touch_that_comes_late_takes_nothing_back(site: Arc<Site>) -> Checked {
    let (digest, first) = site.keep("data").await?;
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3600));
    let touched = Record { active_at: first.active_at + hour, expires_at: first.expires_at + hour, ..first.clone() };
    for late in [hour, minute] {
        let (active_at, expires_at) = (first.active_at + late, first.expires_at + late);
        same("`touch` of a live record", site.store().touch(&digest, active_at, expires_at).await?, true)?;
    }
    site.holds("the record after a late touch", &digest, Some(&touched)).await
}

/// A destroyed record stays destroyed: update, touch and rotate do not bring it back.
pub async fn what_was_destroyed_is_not_brought_back(site: Arc<Site>) -> Checked {
    let (store, (digest, record), other) = (site.store(), site.keep("data").await?, digest()?);
    same("`destroy` of a live record", store.destroy(&digest).await?, Some(Found::Live(record)))?;
    let late = site.record(2, "late");
    for expected in [0, 1, 2] {
        let updated = store.update(&digest, expected, late.clone()).await?;
        same("`update` of a destroyed record", updated, Update::Gone)?;
        let forward = forward(&site, other);
        let rotated = store.rotate(&digest, expected, &other, late.clone(), forward).await?;
        same("`rotate` of a destroyed record", rotated, Update::Gone)?;
    }
    same("`touch` of a destroyed record", store.touch(&digest, late.active_at, late.expires_at).await?, false)?;
    site.holds("`load` after all of these", &digest, None).await?;
    site.holds("`load` of the requested successor", &other, None).await
}

/// A destruction returns what was there, and a second one returns that there is nothing.
pub async fn destroy_answers_what_was_there(site: Arc<Site>) -> Checked {
    let (store, (digest, _), (other, kept)) = (site.store(), site.keep("one").await?, site.keep("other").await?);
    let updated = site.record(2, "two");
    same("`update` over the expected version", store.update(&digest, 1, updated.clone()).await?, Update::Saved)?;
    same("`destroy` of a live record", store.destroy(&digest).await?, Some(Found::Live(updated)))?;
    site.holds("`load` after `destroy`", &digest, None).await?;
    same("a second `destroy`", store.destroy(&digest).await?, None)?;
    site.holds("another session", &other, Some(&kept)).await
}

/// After a destruction, the digest is free again, or stays taken for a while with nothing under it. Either way, the old
/// content does not reappear.
pub async fn a_digest_can_be_used_again_after_its_record_was_destroyed(site: Arc<Site>) -> Checked {
    let (store, (digest, _)) = (site.store(), site.keep("old").await?);
    store.destroy(&digest).await?;
    let record = site.record(1, "new");
    match store.create(&digest, record.clone()).await? {
        Creation::Taken => site.holds("`load` of a digest that stays taken after `destroy`", &digest, None).await,
        created => {
            same("`create` after `destroy`", created, Creation::Created)?;
            site.holds("`load` after both", &digest, Some(&record)).await
        }
    }
}

/// Closing a driver is not an error.
pub async fn closing_is_no_error(site: Arc<Site>) -> Checked {
    site.keep("data").await?;
    ensure(site.store().close().await.is_ok(), "`close` of a healthy store succeeds")
}
