//! Concurrent calls: the store decides, and only once.

use std::{future::Future, sync::Arc};

use tokio::sync::Barrier;

use crate::{
    contract::{Creation, Found, Record, StoreResult, Update},
    testing::{
        site::{Site, digest},
        violation::{Checked, instead, same},
    },
};

/// How often a race of two calls is run.
const ROUNDS: usize = 20;
/// How many calls compete.
const MANY: usize = 20;

/// Of many creations under one digest, one succeeds.
pub async fn of_many_creations_one_is_made(site: Arc<Site>) -> Checked {
    for _ in 0..ROUNDS {
        let digest = digest()?;
        let winners = race(&site, 1, move |site, record| async move {
            Ok(site.store().create(&digest, record).await? == Creation::Created)
        });
        let winners = winners.await?;
        same("the number of successful creations, of twenty under one digest", winners.len(), 1)?;
        site.holds("the record of the successful creation", &digest, winners.first()).await?;
    }
    Ok(())
}

/// Of many updates over one version, one is saved.
pub async fn of_many_updates_one_is_saved(site: Arc<Site>) -> Checked {
    for _ in 0..ROUNDS {
        let (digest, _) = site.keep("version 1").await?;
        let winners = race(&site, 2, move |site, record| async move {
            Ok(site.store().update(&digest, 1, record).await? == Update::Saved)
        });
        let winners = winners.await?;
        same("the number of saved updates, of twenty over one version", winners.len(), 1)?;
        site.holds("the record of the saved update", &digest, winners.first()).await?;
    }
    Ok(())
}

/// Lets many calls write a record of this version at the same time. Returns the records of those that were reported as
/// written.
async fn race<F>(site: &Arc<Site>, version: u64, write: impl Fn(Arc<Site>, Record) -> F) -> Checked<Vec<Record>>
where
    F: Future<Output = StoreResult<bool>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(MANY));
    let mut writers = Vec::new();
    for number in 0..MANY {
        let record = site.record(version, &format!("writer {number}"));
        let (start, writing) = (Arc::clone(&start), write(Arc::clone(site), record.clone()));
        let writer = tokio::spawn(async move {
            start.wait().await;
            writing.await
        });
        writers.push((writer, record));
    }
    let mut winners = Vec::new();
    for (writer, record) in writers {
        if writer.await?? {
            winners.push(record);
        }
    }
    Ok(winners)
}

/// After a destruction there is nothing, whether an update, a touch or the destruction came first.
pub async fn a_destruction_beats_an_update_and_a_touch(site: Arc<Site>) -> Checked {
    for _ in 0..ROUNDS {
        let (digest, record) = site.keep("data").await?;
        let (other, late) = (Arc::clone(&site), site.record(2, "late"));
        let update = tokio::spawn(async move { other.store().update(&digest, 1, late).await });
        let other = Arc::clone(&site);
        let touch =
            tokio::spawn(async move { other.store().touch(&digest, record.active_at, record.expires_at).await });
        let found = site.store().destroy(&digest).await?;
        update.await??;
        touch.await??;
        if !matches!(found, Some(Found::Live(_))) {
            return Err(instead("`destroy` returns the live record that was there", &found));
        }
        site.holds("the digest after a concurrent destruction, update and touch", &digest, None).await?;
    }
    Ok(())
}

/// A concurrent destruction and rotation: either the session ends before it moves, or the forward to its successor is
/// returned.
pub async fn a_destruction_beside_a_rotation_loses_nobody(site: Arc<Site>) -> Checked {
    for _ in 0..ROUNDS {
        let ((old, _), new) = (site.keep("data").await?, digest()?);
        let (other, record) = (Arc::clone(&site), site.record(2, "renewed"));
        let forward = super::renewal::forward(&site, new);
        let (renewed, left) = (record.clone(), forward.clone());
        let rotate = tokio::spawn(async move { other.store().rotate(&old, 1, &new, renewed, left).await });
        let found = site.store().destroy(&old).await?;
        let rotated = rotate.await??;
        match found {
            Some(Found::Live(_)) => {
                same("`rotate` of a record that was destroyed first", rotated, Update::Gone)?;
                site.holds("the old digest of a record that was destroyed first", &old, None).await?;
                site.holds("the successor of a record that was destroyed first", &new, None).await?;
            }
            Some(Found::Moved(_)) => {
                same("`rotate` that came before `destroy`", rotated, Update::Saved)?;
                same("`load` of the old digest", site.store().load(&old).await?, Some(Found::Moved(forward)))?;
                site.holds("the successor of a record that was renewed first", &new, Some(&record)).await?;
            }
            found => return Err(instead("`destroy` returns the record, or the forward to its successor", &found)),
        }
    }
    Ok(())
}

/// A concurrent creation and destruction leave the complete record or nothing, and nothing if the destruction found it.
pub async fn a_creation_beside_a_destruction_is_whole_or_gone(site: Arc<Site>) -> Checked {
    for _ in 0..ROUNDS {
        let (digest, record) = (digest()?, site.record(1, "data"));
        let (other, kept) = (Arc::clone(&site), record.clone());
        let create = tokio::spawn(async move { other.store().create(&digest, kept).await });
        let found = site.store().destroy(&digest).await?;
        same("`create` under a free digest", create.await??, Creation::Created)?;
        let left = found.is_none().then_some(&record);
        site.holds("the record after a concurrent destruction", &digest, left).await?;
    }
    Ok(())
}
