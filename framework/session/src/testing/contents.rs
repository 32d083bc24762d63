//! What was stored is returned unchanged, and only to the session that stored it.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    contract::{Creation, Digest, Record, Update},
    testing::{
        site::{Site, digest},
        violation::{Checked, ensure, same},
        visitor::Visitor,
    },
};

/// Payloads are returned byte for byte, whatever bytes they contain.
pub async fn bytes_come_back_exactly(site: Arc<Site>) -> Checked {
    let every_byte: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = every_byte.iter().copied().cycle().take((1 << 20) + 7).collect();
    let texts =
        ["", "\0", " ", "\n", "\r\n", "null", "a\0b", "'; DROP TABLE sessions; --", "ſ£€𝄞", "\u{feff}x", "trailing \n"];
    let payloads =
        texts.iter().map(|text| text.as_bytes().to_vec()).chain([vec![0xff, 0xfe], vec![0; 4096], every_byte, large]);
    for payload in payloads {
        let (digest, record) = (digest()?, Record { payload: Bytes::from(payload), ..site.record(1, "") });
        same("`create`", site.store().create(&digest, record.clone()).await?, Creation::Created)?;
        site.holds("the payload after `create`", &digest, Some(&record)).await?;
        let shorter = Record { version: 2, payload: record.payload.slice(..record.payload.len() / 2), ..record };
        same("`update`", site.store().update(&digest, 1, shorter.clone()).await?, Update::Saved)?;
        site.holds("a shorter payload after `update`", &digest, Some(&shorter)).await?;
    }
    Ok(())
}

/// The other fields of a record are returned as well.
pub async fn every_field_comes_back(site: Arc<Site>) -> Checked {
    for (user, agent) in
        [(None, None), (Some("42"), Some("")), (Some("O'Hara %_\\ \"Ada\" ſ𝄞"), Some("Mozilla/5.0 (X11)"))]
    {
        let digest = digest()?;
        let record = Record {
            version: u64::from(u32::MAX) + 7,
            user: user.map(Into::into),
            address: user.map(|_| "2001:db8::1".into()),
            agent: agent.map(Into::into),
            ..site.record(1, "data")
        };
        same("`create`", site.store().create(&digest, record.clone()).await?, Creation::Created)?;
        site.holds("the record after `create`", &digest, Some(&record)).await?;
        let next = Record { version: record.version + 1, user: None, ..record.clone() };
        let updated = site.store().update(&digest, record.version, next.clone()).await?;
        same("`update` over a large version", updated, Update::Saved)?;
        site.holds("the record after `update`", &digest, Some(&next)).await?;
    }
    Ok(())
}

/// Digests that differ in a single bit are different sessions.
pub async fn digests_that_look_alike_are_not_mixed(site: Arc<Site>) -> Checked {
    let base = *digest()?.as_bytes();
    let mut kept = BTreeMap::new();
    for place in [0, 1, 7, 8, 15, 16, 30, 31] {
        for bit in [0, 1, 0x20, 0x80].into_iter().skip(usize::from(place > 0)) {
            let mut bytes = base;
            bytes[place] ^= bit;
            let (digest, record) = (Digest::from_bytes(bytes), site.record(1, &format!("{place} {bit}")));
            let created = site.store().create(&digest, record.clone()).await?;
            same("`create` under a digest that differs in one bit", created, Creation::Created)?;
            kept.insert(digest, record);
        }
    }
    all_hold(&site, &kept).await?;
    if let Some((digest, _)) = kept.pop_first() {
        site.store().destroy(&digest).await?;
    }
    all_hold(&site, &kept).await
}

/// Many sessions written at the same time are not mixed up.
pub async fn many_sessions_at_once_are_not_mixed(site: Arc<Site>) -> Checked {
    let mut kept = BTreeMap::new();
    let mut tasks = Vec::new();
    for number in 0..100 {
        let (digest, record) = (digest()?, site.record(1, &format!("session {number}")));
        kept.insert(digest, record.clone());
        let site = Arc::clone(&site);
        tasks.push(tokio::spawn(async move { site.store().create(&digest, record).await }));
    }
    for task in tasks {
        same("`create` at the same time as others", task.await??, Creation::Created)?;
    }
    all_hold(&site, &kept).await
}

async fn all_hold(site: &Site, kept: &BTreeMap<Digest, Record>) -> Checked {
    for (digest, record) in kept {
        site.holds("a session among others", digest, Some(record)).await?;
    }
    Ok(())
}

/// Values are returned in the next request as a handler put them.
pub async fn values_come_back_as_they_were(site: Arc<Site>) -> Checked {
    let values = json!({
        "empty": "", "nothing": null, "list": [], "map": {}, "no": false, "zero": 0, "large": u64::MAX, "small": i64::MIN,
        "fraction": 0.1, "text": "line\n\"quoted\" 'O''Hara' ſ£€𝄞 \u{0}", "nested": { "list": [[1, null], { "a": "b" }] },
    });
    let mut visitor = Visitor::known(&site).await?;
    visitor.ask(|session| session.put("values", &values)).await?;
    let session = visitor.try_visit().await?;
    same("the values in the next request", session.get::<Value>("values")?, Some(values))?;
    let other = Visitor::new(site).try_visit().await?;
    ensure(other.all().is_empty(), "a visitor without a cookie has nothing in the session")
}
