//! Renews the id of a session.

use salon_database::redis::{RedisCommand, RedisCommandError};

use crate::{
    contract::{Digest, Forward, Record, StoreResult, Update},
    stores::redis::{
        answer::{of_write, outcome},
        store::RedisStore,
        value,
    },
};

impl RedisStore {
    pub(super) async fn renew(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        if self.0.connection.is_cluster() {
            let (store, old, new) = (self.clone(), *old, *new);
            // In its own task, so that both steps are carried out even if the caller is dropped.
            return tokio::spawn(
                async move { store.renew_in_two_steps(&old, expected, &new, &record, &forward).await },
            )
            .await?;
        }
        let (write_id, entry) = (self.0.write_ids.next(), self.entry(new, record.expires_at));
        let (old_key, new_key) = (self.0.keys.session(old), self.0.keys.session(new));
        let request = match &record.user {
            Some(user) => RedisCommand::script(&self.0.scripts.rotate, [&old_key, &new_key, &self.0.keys.user(user)]),
            None => RedisCommand::script(&self.0.scripts.rotate, [&old_key, &new_key]),
        };
        let request = request
            .arg(&expected.to_le_bytes()[..])
            .arg(value::of_forward(old, &forward, write_id))
            .arg(self.life(forward.expires_at))
            .arg(value::of_record(new, &record, write_id, record.user.as_ref().map(|_| entry.until)))
            .arg(self.life(record.expires_at))
            .arg(&entry.member[..])
            .arg(entry.remaining)
            .arg(&old.as_bytes()[..]);
        outcome(old, expected, write_id, self.write(request.replicated()).await?)
    }

    /// For two keys that are on different servers: first writes the successor, whose id nobody knows yet, then the
    /// forward, over the expected version. If the version has changed in the meantime, removes the successor again.
    async fn renew_in_two_steps(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: &Record,
        forward: &Forward,
    ) -> StoreResult<Update> {
        let (write_id, entry) = (self.0.write_ids.next(), self.entry(new, record.expires_at));
        if let Some(user) = &record.user {
            self.index(user, &entry).await?;
        }
        let key = self.0.keys.session(new);
        let value = value::of_record(new, record, write_id, record.user.as_ref().map(|_| entry.until));
        let made = RedisCommand::new("SET", &key).arg(value).arg("PX").arg(self.life(record.expires_at));
        if let Err(failure) = self.run(made.replicated()).await {
            self.remove_unreachable(&key).await;
            return Err(failure.into());
        }
        let retire = self
            .script(&self.0.scripts.rotate, old)
            .arg(&expected.to_le_bytes()[..])
            .arg(value::of_forward(old, forward, write_id))
            .arg(self.life(forward.expires_at));
        let retired = match self.run(retire.replicated()).await {
            Ok(reply) => outcome(old, expected, write_id, reply),
            // Nothing was carried out.
            Err(failure @ (RedisCommandError::Refused { .. } | RedisCommandError::Unreachable { .. })) => {
                self.remove_unreachable(&key).await;
                return Err(failure.into());
            }
            Err(failure) => Err(of_write(failure)),
        };
        match &retired {
            // An earlier attempt, which seemed to fail, has written the forward.
            Ok(Update::Moved(forward)) if forward.successor == *new => {}
            Ok(Update::Conflict(_) | Update::Moved(_) | Update::Gone) => self.remove_unreachable(&key).await,
            Ok(Update::Saved) | Err(_) => {}
        }
        retired
    }

    /// Removes a successor that no forward leads to. If it stays, nobody can reach it, and Redis expires it.
    async fn remove_unreachable(&self, key: &str) {
        if let Err(error) = self.run(RedisCommand::new("DEL", key).replicated()).await {
            tracing::debug!(%error, "an unreachable record of an abandoned renewal stays until it expires");
        }
    }
}
