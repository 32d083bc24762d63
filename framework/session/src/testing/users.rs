//! The sessions of a user. A driver of six methods cannot list them. A store that cannot list either says so with
//! `StoreError::Unsupported`.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    contract::{Creation, Digest, Listing, Record, Update},
    testing::{
        site::{Site, digest},
        violation::{Checked, ensure, if_supported, same},
    },
};

const ADA: &str = "O'Hara %_\\ Ada";

async fn keep(site: &Site, user: &str) -> Checked<Digest> {
    let (digest, record) = (digest()?, Record { user: Some(user.into()), ..site.record(1, "data") });
    same("`create`", site.store().create(&digest, record).await?, Creation::Created)?;
    Ok(digest)
}

/// The digests that are listed for a user; `None` if the store cannot list.
async fn listed(site: &Site, user: &str) -> Checked<Option<BTreeSet<Digest>>> {
    let listings = if_supported(site.store().user_sessions(user).await)?;
    Ok(listings.map(|listings| listings.iter().map(|listing: &Listing| listing.digest).collect()))
}

/// The list of a user's sessions has all of them and no others.
pub async fn a_list_has_the_sessions_of_its_user_and_no_other(site: Arc<Site>) -> Checked {
    if listed(&site, ADA).await?.is_none() {
        return Ok(());
    }
    let (store, first, second) = (site.store(), keep(&site, ADA).await?, keep(&site, ADA).await?);
    for other in ["O'Hara", "%", "o'hara %_\\ ada", ""] {
        keep(&site, other).await?;
    }
    site.keep("nobody's").await?;
    same("the sessions of a user", listed(&site, ADA).await?, Some([first, second].into()))?;
    let new = digest()?;
    let record = Record { user: Some(ADA.into()), ..site.record(2, "renewed") };
    let forward = super::renewal::forward(&site, new);
    same("`rotate`", store.rotate(&first, 1, &new, record, forward).await?, Update::Saved)?;
    same("the sessions of a user after a renewal", listed(&site, ADA).await?, Some([new, second].into()))?;
    same("`update`", store.update(&second, 1, site.record(2, "logged out")).await?, Update::Saved)?;
    same("the sessions of a user after one was logged out", listed(&site, ADA).await?, Some([new].into()))?;
    store.destroy(&new).await?;
    same("the sessions of a user after the last was destroyed", listed(&site, ADA).await?, Some(BTreeSet::new()))
}

/// Ending a user's sessions ends all but the one to keep, and they stay ended.
pub async fn ending_a_user_s_sessions_spares_one_and_everybody_else(site: Arc<Site>) -> Checked {
    if listed(&site, ADA).await?.is_none() {
        return Ok(());
    }
    let store = site.store();
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(keep(&site, ADA).await?);
    }
    let (stays, other) = (sessions.pop(), keep(&site, "Grace").await?);
    same("how many sessions `end_user_sessions` ended", store.end_user_sessions(ADA, stays.as_ref()).await?, 2)?;
    for digest in &sessions {
        site.holds("an ended session", digest, None).await?;
        same("`update` of an ended session", store.update(digest, 1, site.record(2, "late")).await?, Update::Gone)?;
    }
    for digest in stays.iter().chain([&other]) {
        ensure(
            store.load(digest).await?.is_some(),
            "`end_user_sessions` keeps the excepted session, and those of other users",
        )?;
    }
    same("how many more it ends without an exception", store.end_user_sessions(ADA, None).await?, 1)
}

/// The count includes exactly the live sessions.
pub async fn a_count_counts_what_is_alive(site: Arc<Site>) -> Checked {
    let (store, now) = (site.store(), site.clock.now());
    let Some(before) = if_supported(store.count(now).await)? else { return Ok(()) };
    let (first, _) = site.keep("one").await?;
    let (second, record) = site.keep("two").await?;
    same("`count` after two creations", store.count(now).await?, before + 2)?;
    let new = digest()?;
    store.rotate(&first, 1, &new, site.record(2, "one"), super::renewal::forward(&site, new)).await?;
    same("`count` after a renewal: the forward of an old id is not a session", store.count(now).await?, before + 2)?;
    store.destroy(&second).await?;
    same("`count` after a destruction", store.count(now).await?, before + 1)?;
    same("`count` when everything has expired", store.count(record.expires_at).await?, 0)
}
