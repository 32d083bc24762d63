//! The index of users: for each user, a sorted set of all their sessions, and perhaps of some that have ended.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use redis::Value;
use salon_core::support::Timestamp;
use salon_database::redis::RedisCommand;

use crate::{
    contract::{Digest, Found, Listing, StoreResult},
    stores::redis::{
        answer::{UNEXPECTED, bytes, found},
        store::{RedisStore, milliseconds},
    },
};

/// How much longer than the session its index entry is kept, so that few touches need a new entry.
const SLACK: Duration = Duration::from_secs(24 * 3600);
/// The most requests that are sent at once.
pub(super) const MAX_CONCURRENT: usize = 64;

/// What a user's index records about a session.
pub(super) struct Entry {
    pub(super) member: [u8; 32],
    /// How long the entry is valid, in milliseconds.
    pub(super) remaining: u64,
    /// The moment until which the entry is valid. A session that lives longer needs a new entry.
    pub(super) until: Timestamp,
}

impl RedisStore {
    /// The entry for a session whose record expires at this moment.
    pub(super) fn entry(&self, digest: &Digest, expires_at: Timestamp) -> Entry {
        let remaining = self.life(expires_at).saturating_add(milliseconds(SLACK));
        Entry { member: *digest.as_bytes(), remaining, until: expires_at + SLACK }
    }

    /// Adds an entry. This happens before the session becomes the user's: a superfluous entry is skipped, but a missing
    /// one would hide a login.
    pub(super) async fn index(&self, user: &str, entry: &Entry) -> StoreResult<()> {
        let request = RedisCommand::script(&self.0.scripts.index, [&self.0.keys.user(user)]);
        self.write(request.arg(&entry.member[..]).arg(entry.remaining).replicated()).await?;
        Ok(())
    }

    /// Removes the entries of sessions that have ended. Entries that remain are skipped, and removed later.
    pub(super) async fn forget(&self, user: &str, digests: &[Digest]) {
        let mut request = RedisCommand::new("ZREM", &self.0.keys.user(user));
        for digest in digests {
            request = request.arg(&digest.as_bytes()[..]);
        }
        if let Err(error) = self.run(request).await {
            tracing::debug!(%error, "the index of a user's sessions keeps entries of ended sessions");
        }
    }

    async fn members(&self, user: &str) -> StoreResult<Vec<Digest>> {
        let reply = self.run(RedisCommand::script(&self.0.scripts.members, [&self.0.keys.user(user)])).await?;
        let Value::Array(members) = reply.value else { return Err(UNEXPECTED.into()) };
        let digest = |member| Ok(Digest::from_bytes(bytes(member)?.as_ref().try_into()?));
        members.into_iter().map(digest).collect()
    }

    /// Loads what is stored under these digests.
    pub(super) async fn peek(&self, digests: &[Digest]) -> StoreResult<Vec<(Digest, Found)>> {
        let mut all = Vec::with_capacity(digests.len());
        for digests in digests.chunks(MAX_CONCURRENT) {
            let loads = digests.iter().map(|digest| self.run(RedisCommand::new("GET", &self.0.keys.session(digest))));
            for (digest, reply) in digests.iter().zip(join_all(loads).await) {
                all.extend(found(digest, reply?.value)?.map(|found| (*digest, found)));
            }
        }
        Ok(all)
    }

    pub(super) async fn list(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let found = self.peek(&self.members(user).await?).await?;
        let listing = |(digest, found)| match found {
            Found::Live(record) if record.user.as_deref() == Some(user) => Some(Listing::of(digest, &record)),
            _ => None,
        };
        Ok(found.into_iter().filter_map(listing).collect())
    }

    /// Ends all sessions in a user's index. Repeats as long as there were forwards that were not known yet: when an id
    /// is renewed meanwhile, the new id is in the index before the old one moves.
    pub(super) async fn end_all(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let (mut ended, mut moved) = (0, HashSet::new());
        loop {
            let mut members = self.members(user).await?;
            members.retain(|digest| Some(digest) != except && !moved.contains(digest));
            let (mut over, mut is_settled) = (Vec::new(), true);
            for digests in members.chunks(MAX_CONCURRENT) {
                let ends = digests
                    .iter()
                    .map(|digest| self.write(self.script(&self.0.scripts.end, digest).arg(user).replicated()));
                for (digest, reply) in digests.iter().zip(join_all(ends).await) {
                    match reply?.value {
                        Value::Int(1) => over.push(*digest),
                        Value::Int(2) => is_settled = !moved.insert(*digest) && is_settled,
                        _ => {}
                    }
                }
            }
            ended += over.len() as u64;
            if !over.is_empty() {
                self.forget(user, &over).await;
            }
            if is_settled {
                return Ok(ended);
            }
        }
    }
}
