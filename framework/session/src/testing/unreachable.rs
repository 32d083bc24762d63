//! Silence is not absence: a driver whose store is down says so.

use std::{num::NonZeroU64, sync::Arc};

use crate::{
    contract::Lock,
    error::Error,
    testing::{
        renewal::forward,
        site::{Site, digest, id},
        violation::{Checked, ensure, instead},
        visitor::Visitor,
    },
};

/// Every call that needs the store returns an error.
pub async fn a_store_that_is_down_is_an_error_in_every_call(site: Option<Arc<Site>>) -> Checked {
    let Some(site) = site else { return Ok(()) };
    let (store, digest, other, record) = (site.store(), digest()?, digest()?, site.record(1, "data"));
    let lock = Lock { owner: NonZeroU64::MIN, until: site.clock.now() };
    let answers = [
        ("load", store.load(&digest).await.is_err()),
        ("create", store.create(&digest, record.clone()).await.is_err()),
        ("update", store.update(&digest, 1, record.clone()).await.is_err()),
        ("touch", store.touch(&digest, record.active_at, record.expires_at).await.is_err()),
        ("rotate", store.rotate(&digest, 1, &other, record, forward(&site, other)).await.is_err()),
        ("lock", store.lock(&digest, lock, site.clock.now()).await.is_err()),
        ("unlock", store.unlock(&digest, lock.owner).await.is_err()),
        ("destroy", store.destroy(&digest).await.is_err()),
    ];
    for (call, is_error) in answers {
        ensure(is_error, &format!("`{call}` on a store that is down is an error: silence is not absence"))?;
    }
    Ok(())
}

/// A visitor of a store that is down gets an error, and not an empty session instead of their own.
pub async fn a_store_that_is_down_is_not_an_empty_session(site: Option<Arc<Site>>) -> Checked {
    let Some(site) = site else { return Ok(()) };
    let mut visitor = Visitor::new(site);
    visitor.id = Some(id()?.expose());
    match visitor.try_visit().await {
        Err(Error::Unavailable { .. }) => {}
        answered => return Err(instead("a session on a store that is down fails to start", &answered)),
    }
    visitor.id = None;
    let session = visitor.try_visit().await?;
    session.put("name", "Ada")?;
    ensure(session.save().await.is_err(), "a save to a store that is down is an error")
}
