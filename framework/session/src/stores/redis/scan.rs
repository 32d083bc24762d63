//! Walks through all sessions with SCAN, page by page, on every master of a cluster, skipping all other keys.

use futures_util::future::join_all;
use redis::Value;
use salon_core::support::Timestamp;
use salon_database::redis::RedisCommand;

use crate::{
    contract::{Digest, Page, StoreResult},
    stores::redis::{
        answer::{UNEXPECTED, bytes},
        index::MAX_CONCURRENT,
        store::RedisStore,
        value,
    },
};

/// How many keys each step of a count looks at.
const STEP: usize = 1_000;

/// The position of a walk: a cursor on the server that has this slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    slot: u16,
    cursor: u64,
}

impl Place {
    fn read(text: &str) -> Option<Self> {
        let (slot, cursor) = text.split_once('-')?;
        Some(Self { slot: slot.parse().ok()?, cursor: cursor.parse().ok()? })
    }

    fn write(&self) -> String {
        format!("{}-{}", self.slot, self.cursor)
    }
}

impl RedisStore {
    /// One step of a walk: returns the sessions found and the next position.
    async fn step(&self, place: &Place, batch: usize) -> StoreResult<(Vec<Digest>, Option<Place>)> {
        let request =
            RedisCommand::for_slot("SCAN", place.slot).arg(place.cursor).arg("MATCH").arg(self.0.keys.pattern());
        let Value::Array(answer) = self.run(request.arg("COUNT").arg(batch.max(1))).await?.value else {
            return Err(UNEXPECTED.into());
        };
        let mut answer = answer.into_iter();
        let cursor = std::str::from_utf8(&bytes(answer.next().unwrap_or_default())?)?.parse()?;
        let Some(Value::Array(keys)) = answer.next() else { return Err(UNEXPECTED.into()) };
        let mut digests = Vec::with_capacity(keys.len());
        for key in keys {
            digests.extend(self.0.keys.digest(&bytes(key)?));
        }
        let next = match cursor {
            0 => self.next_server(place.slot).await?.map(|slot| Place { slot, cursor: 0 }),
            cursor => Some(Place { slot: place.slot, cursor }),
        };
        Ok((digests, next))
    }

    /// A slot of the next master after the one with this slot, in the order of their first slots.
    async fn next_server(&self, slot: u16) -> StoreResult<Option<u16>> {
        if !self.0.connection.is_cluster() {
            return Ok(None);
        }
        let Value::Array(ranges) = self.run(RedisCommand::for_slot("CLUSTER", slot).arg("SLOTS")).await?.value else {
            return Err(UNEXPECTED.into());
        };
        let mut firsts: Vec<(u16, Value)> = Vec::new();
        for range in ranges {
            let Value::Array(range) = range else { return Err(UNEXPECTED.into()) };
            let mut range = range.into_iter();
            let (Some(Value::Int(first)), Some(master)) = (range.next(), range.nth(1)) else {
                return Err(UNEXPECTED.into());
            };
            firsts.push((u16::try_from(first)?, master));
        }
        firsts.sort_by_key(|(first, _)| *first);
        let mut masters = Vec::new();
        firsts.retain(|(_, master)| {
            let is_new = !masters.contains(master);
            if is_new {
                masters.push(master.clone());
            }
            is_new
        });
        Ok(firsts.into_iter().map(|(first, _)| first).find(|first| *first > slot))
    }

    pub(super) async fn page(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        let place = match from {
            None => Place::default(),
            Some(from) => Place::read(from).ok_or("this is not the position of a page of the redis driver")?,
        };
        let (digests, next) = self.step(&place, batch).await?;
        Ok(Page { found: self.peek(&digests).await?, next: next.map(|place| place.write()) })
    }

    pub(super) async fn count_sessions(&self, now: Timestamp) -> StoreResult<u64> {
        let (mut live, mut place) = (std::collections::HashSet::new(), Some(Place::default()));
        while let Some(here) = place {
            let (digests, next) = self.step(&here, STEP).await?;
            for digests in digests.chunks(MAX_CONCURRENT) {
                let heads = digests.iter().map(|digest| {
                    let request = RedisCommand::new("GETRANGE", &self.0.keys.session(digest));
                    self.run(request.arg(0).arg(value::HEAD_OF_SESSION - 1))
                });
                for (digest, head) in digests.iter().zip(join_all(heads).await) {
                    if value::end_of_session(&bytes(head?.value)?).is_some_and(|end| now < end) {
                        // A scan may return a key twice. Eight bytes of the digest are enough to recognize it.
                        live.insert(digest.as_bytes().first_chunk::<8>().copied());
                    }
                }
            }
            place = next;
        }
        Ok(live.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again_by_its_words() {
        let place = Place { slot: 5461, cursor: u64::MAX };
        assert_eq!(Place::read(&place.write()), Some(place));
        assert_eq!(Place::read("elsewhere"), None);
    }
}
