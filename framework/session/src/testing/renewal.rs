//! Renewed ids: the session moves as a whole, and the old id leads to it for a while or not at all.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    contract::{
        id::Digest,
        record::{Forward, Found},
        store::{Creation, Update},
    },
    error::Error,
    testing::{
        site::{LIFETIME, Site, digest},
        violation::{Checked, ensure, same},
        visitor::{Visitor, concurrently},
    },
    visit::{commit::Ending, session::Session},
};

/// The forward to a successor, open for half a minute.
pub(super) fn forward(site: &Site, successor: Digest) -> Forward {
    let every_byte = std::array::from_fn(|index| u8::try_from(index * 8).unwrap_or_default());
    let until = site.clock.now() + Duration::from_secs(30);
    Forward { successor, veiled_id: Some(every_byte), until, expires_at: site.clock.now() + LIFETIME }
}

/// After a rotation, the record is under the new digest, and the forward to it is under the old one.
pub async fn a_rotation_moves_the_record_and_leaves_a_forward_to_it(site: Arc<Site>) -> Checked {
    let (store, (old, _), new) = (site.store(), site.keep("before").await?, digest()?);
    let (record, forward) = (site.record(2, "after"), forward(&site, new));
    let rotated = store.rotate(&old, 1, &new, record.clone(), forward.clone()).await?;
    same("`rotate` of a live record", rotated, Update::Saved)?;
    site.holds("the successor", &new, Some(&record)).await?;
    let moved = Some(Found::Moved(forward.clone()));
    same("`load` of the old digest", store.load(&old).await?, moved.clone())?;

    let (late, next) = (site.record(3, "late"), digest()?);
    for expected in [1, 2] {
        let updated = store.update(&old, expected, late.clone()).await?;
        same("`update` under the old digest", updated, Update::Moved(forward.clone()))?;
        let rotated = store.rotate(&old, expected, &next, late.clone(), self::forward(&site, next)).await?;
        same("a second `rotate` of the old digest", rotated, Update::Moved(forward.clone()))?;
    }
    same("`touch` of the old digest", store.touch(&old, late.active_at, late.expires_at).await?, false)?;
    same("`create` under the old digest", store.create(&old, late).await?, Creation::Taken)?;
    same("`load` of the old digest after these", store.load(&old).await?, moved.clone())?;
    site.holds("the successor after these", &new, Some(&record)).await?;
    same("`destroy` of the old digest", store.destroy(&old).await?, moved.clone())?;
    same("`load` of the old digest after `destroy`, which keeps the forward", store.load(&old).await?, moved)?;
    site.holds("the successor after that", &new, Some(&record)).await
}

/// A forward that is closed from the start is kept as it is: it leads nowhere, but says where the session went.
pub async fn a_forward_that_is_closed_is_kept_too(site: Arc<Site>) -> Checked {
    let (store, (old, _), new) = (site.store(), site.keep("before").await?, digest()?);
    let (record, closed) = (site.record(2, "after"), Forward { veiled_id: None, ..forward(&site, new) });
    same("`rotate`", store.rotate(&old, 1, &new, record.clone(), closed.clone()).await?, Update::Saved)?;
    same("`load` of the old digest", store.load(&old).await?, Some(Found::Moved(closed.clone())))?;
    let updated = store.update(&old, 1, record.clone()).await?;
    same("`update` under the old digest", updated, Update::Moved(closed))?;
    site.holds("the successor", &new, Some(&record)).await
}

/// A rotation over another version writes nothing, under neither digest.
pub async fn a_rotation_over_another_version_writes_nothing(site: Arc<Site>) -> Checked {
    let (store, (old, record), new) = (site.store(), site.keep("data").await?, digest()?);
    for expected in [0, 2] {
        let rotated = store.rotate(&old, expected, &new, site.record(3, "late"), forward(&site, new)).await?;
        same("`rotate` over another version", rotated, Update::Conflict(record.clone()))?;
        site.holds("the record after the refused rotation", &old, Some(&record)).await?;
        site.holds("a successor that was not created", &new, None).await?;
    }
    Ok(())
}

/// An old id leads to the session within the grace period, and not after it.
pub async fn an_old_id_leads_on_within_the_grace_and_not_after(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let (mut tab, late) = (visitor.twin(), visitor.twin());
    visitor.ask(Session::regenerate).await?;
    ensure(visitor.id != tab.id, "`regenerate` sets a new id")?;
    site.clock.advance(Duration::from_secs(29));
    tab.ask(|session| session.put("city", "London")).await?;
    same("the id that a response within the grace period hands over", &tab.id, &visitor.id)?;
    ensure(visitor.finds("city").await?, "a write under the old id goes to the successor")?;
    site.clock.advance(Duration::from_secs(1));
    ensure(!late.finds("name").await?, "after the grace period, an old id leads nowhere")?;
    ensure(visitor.finds("name").await?, "the successor has what the session had")
}

/// A login keeps the session and makes the old id worthless.
pub async fn a_login_ends_the_old_id_at_once(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let old = visitor.twin();
    visitor.ask(|session| session.login("42")).await?;
    ensure(!old.finds("name").await?, "after a login, the old id leads nowhere")?;
    let session = visitor.try_visit().await?;
    same("who is logged in", session.user().as_deref(), Some("42"))?;
    ensure(session.has("name"), "a login keeps the data")
}

/// Concurrent renewals create one successor, with the changes of all of them.
pub async fn renewals_at_once_make_one_successor(site: Arc<Site>) -> Checked {
    let visitor = Visitor::known(&site).await?;
    let mut requests = Vec::new();
    for _ in 0..10 {
        let session = visitor.try_visit().await?;
        session.regenerate()?;
        session.increment("renewals")?;
        requests.push((visitor.twin(), session));
    }
    let tabs = requests.into_iter().map(|(mut tab, session)| {
        tokio::spawn(async move {
            tab.leave(&session, Ending::Close).await?;
            Ok::<_, Error>(tab)
        })
    });
    let mut ids = BTreeSet::new();
    for tab in tabs.collect::<Vec<_>>() {
        let tab = tab.await??;
        ids.extend(tab.id.clone());
        ensure(tab.finds("name").await?, "every request that renewed still has the session")?;
    }
    same("the number of successors of ten concurrent renewals", ids.len(), 1)?;
    let session = Visitor { id: ids.pop_first(), ..visitor }.try_visit().await?;
    same("the changes of ten requests that renewed", session.get("renewals")?, Some(10))
}

/// Concurrent requests under an old id lose nothing.
pub async fn fifty_requests_under_an_old_id_lose_nothing(site: Arc<Site>) -> Checked {
    let mut visitor = Visitor::known(&site).await?;
    let old = visitor.twin();
    visitor.ask(Session::regenerate).await?;
    concurrently(&old, 50, |number, session| session.put(format!("key{number}"), number)).await?;
    same("the number of keys", visitor.try_visit().await?.all().len(), 51)
}
