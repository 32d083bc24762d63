//! Walking through everything that is stored. A driver that cannot list says so with
//! `StoreError::Unsupported`.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    contract::{Digest, Found, Record, Update},
    testing::{
        renewal::forward,
        site::{Site, digest},
        violation::{Checked, ensure, if_supported, same},
    },
};

/// More pages than the few sessions of a check need, however a store divides them.
const MAX_PAGES: usize = 10_000;

/// Everything on the pages; `None` if the store cannot list.
async fn scanned(site: &Site, batch: usize) -> Checked<Option<BTreeMap<Digest, Found>>> {
    let (mut all, mut from) = (BTreeMap::new(), None);
    for _ in 0..MAX_PAGES {
        let Some(page) = if_supported(site.store().scan(from.as_deref(), batch).await)? else { return Ok(None) };
        all.extend(page.found);
        from = page.next;
        if from.is_none() {
            return Ok(Some(all));
        }
    }
    ensure(false, "`scan` terminates").map(|()| None)
}

/// The pages together hold all records unchanged, and no forward of an old id that was not stored.
pub async fn a_scan_comes_by_everything_that_is_kept(site: Arc<Site>) -> Checked {
    let mut kept = BTreeMap::new();
    for number in 0..20_u32 {
        let (digest, record) = site.keep(&number.to_string()).await?;
        kept.insert(digest, Found::Live(record));
    }
    let (old, new) = (site.keep("renewed").await?.0, digest()?);
    let record = Record { user: Some("ada".into()), ..site.record(2, "renewed") };
    same("`rotate`", site.store().rotate(&old, 1, &new, record.clone(), forward(&site, new)).await?, Update::Saved)?;
    kept.insert(new, Found::Live(record));
    for batch in [3, 1_000] {
        let Some(mut found) = scanned(&site, batch).await? else { return Ok(()) };
        // A store may return the forward from the old id to the new one, or leave it out.
        if let Some(found) = found.remove(&old) {
            ensure(matches!(found, Found::Moved(_)), "an old id holds the forward to the new one")?;
        }
        same("the content of the pages", found, kept.clone())?;
    }
    Ok(())
}
