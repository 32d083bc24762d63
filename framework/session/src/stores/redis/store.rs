//! The implementation of the store.

use std::{num::NonZeroU64, sync::Arc, time::Duration};

use redis::Value;
use salon_core::support::{Clock, Timestamp};
use salon_database::{
    DatabaseError, Scheme,
    redis::{RedisCommand, RedisCommandError, RedisConnection, RedisReply, Script},
};

use crate::{
    codec,
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreError,
        StoreResult, Update, WriteIds,
    },
    limits::{KEPT_AFTER_EXPIRY, LONGER_THAN_A_REQUEST},
    stores::{
        context::DriverContext,
        redis::{
            answer::{UNEXPECTED, bytes, found, of_write, outcome},
            keys::Keys,
            scripts::Scripts,
            value,
        },
    },
};

/// The longest life of a key: longer than anything useful, and shorter than what Redis refuses.
const MAX_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Keeps sessions in Redis. Cheap to clone; clones share everything.
#[derive(Clone)]
pub(crate) struct RedisStore(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) connection: RedisConnection,
    pub(super) scripts: Scripts,
    pub(super) keys: Keys,
    clock: Clock,
    /// How long a session that is loaded may live without another request.
    idle: Duration,
    pub(super) write_ids: WriteIds,
}

impl RedisStore {
    /// Opens the store on the connection that the configuration names.
    ///
    /// # Errors
    /// Returns an error if the server cannot be reached, or lacks something that is needed.
    pub(crate) async fn open(context: &DriverContext) -> StoreResult<Self> {
        let config = &context.config;
        let name = config.named_connection().unwrap_or("redis");
        let connection = context.databases.connection(Some(name))?;
        if !matches!(connection.scheme, Scheme::Redis | Scheme::RedisSentinel | Scheme::RedisCluster) {
            return Err(DatabaseError::WrongKind { connection: name.to_owned(), expected: "Redis" }.into());
        }
        let store = Self(Arc::new(Inner {
            connection: RedisConnection::new(context.databases.root(), &connection, config.wait_replicas)?,
            scripts: Scripts::new(),
            keys: Keys::new(&config.prefix),
            clock: context.clock.clone(),
            idle: context.settings.lifetimes.user.idle,
            write_ids: WriteIds::new(),
        }));
        // The digest of no session, for a load and a script that find nothing.
        let nobody = Digest::from_bytes([0; 32]);
        let probe = [store.loading(&nobody), store.script(&store.0.scripts.destroy, &nobody).replicated()];
        store.0.connection.check(name, probe).await?;
        Ok(store)
    }

    pub(super) async fn run(&self, request: RedisCommand) -> Result<RedisReply, RedisCommandError> {
        self.0.connection.run(request).await
    }

    /// Runs a command that writes.
    pub(super) async fn write(&self, request: RedisCommand) -> StoreResult<RedisReply> {
        self.run(request).await.map_err(of_write)
    }

    /// A request that runs a script on one session.
    pub(super) fn script(&self, script: &Script, digest: &Digest) -> RedisCommand {
        RedisCommand::script(script, [&self.0.keys.session(digest)])
    }

    /// The request that loads a session. It does not know when the session expires and must not shorten a key's life, not
    /// even that of a revocation, which is kept longer than the cookie that it is about.
    fn loading(&self, digest: &Digest) -> RedisCommand {
        let life = milliseconds(self.0.idle + LONGER_THAN_A_REQUEST + KEPT_AFTER_EXPIRY);
        RedisCommand::new("GETEX", &self.0.keys.session(digest)).arg("PX").arg(life)
    }

    async fn loaded(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let reply = match self.run(self.loading(digest)).await {
            // A read-only server can still be read.
            Err(failure) if failure.forbids_writing() => {
                self.run(RedisCommand::new("GET", &self.0.keys.session(digest))).await?
            }
            loaded => loaded?,
        };
        found(digest, reply.value)
    }

    /// How long the key of a record that expires at `end` is kept, in milliseconds.
    pub(super) fn life(&self, end: Timestamp) -> u64 {
        milliseconds(end.since(self.0.clock.now()).min(MAX_LIFE) + KEPT_AFTER_EXPIRY)
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Store for RedisStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        match self.loaded(digest).await? {
            Some(Found::Corrupt(_)) => {
                // This may be the reply to another request, and then all that follow on the connection would be wrong
                // too.
                self.0.connection.reconnect();
                self.loaded(digest).await
            }
            found => Ok(found),
        }
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let (key, write_id, life) =
            (self.0.keys.session(digest), self.0.write_ids.next(), self.life(record.expires_at));
        let entry = self.entry(digest, record.expires_at);
        let value = value::of_record(digest, &record, write_id, record.user.as_ref().map(|_| entry.until));
        let request = match &record.user {
            Some(user) if !self.0.connection.is_cluster() => {
                let keys = [key.as_str(), &self.0.keys.user(user)];
                let request = RedisCommand::script(&self.0.scripts.create, keys).arg(value).arg(life);
                request.arg(&entry.member[..]).arg(entry.remaining)
            }
            user => {
                if let Some(user) = user {
                    self.index(user, &entry).await?;
                }
                RedisCommand::new("SET", &key).arg(value).arg("NX").arg("PX").arg(life)
            }
        };
        let reply = self.write(request.replicated()).await?;
        let there = match reply.value {
            Value::Okay | Value::Int(1) => return Ok(Creation::Created),
            Value::Nil if reply.is_repeated => {
                self.run(RedisCommand::new("GET", &key)).await.map_err(StoreError::outcome_unknown)?.value
            }
            value => value,
        };
        let is_ours = matches!(&there, Value::BulkString(value) if value::write_id(value) == Some(write_id));
        Ok(if is_ours { Creation::Created } else { Creation::Taken })
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let (write_id, entry) = (self.0.write_ids.next(), self.entry(digest, record.expires_at));
        let (key, envelope) = (self.0.keys.session(digest), codec::encode(digest, &record));
        let index = record.user.as_deref().filter(|_| !self.0.connection.is_cluster());
        let index = index.map(|user| self.0.keys.user(user));
        let request = |is_indexed: &str| {
            let request = match &index {
                Some(index) => RedisCommand::script(&self.0.scripts.update, [&key, index]),
                None => RedisCommand::script(&self.0.scripts.update, [&key]),
            };
            request
                .arg(&expected.to_le_bytes()[..])
                .arg(&value::head(&record, write_id)[..])
                .arg(&envelope)
                .arg(self.life(record.expires_at))
                .arg(&entry.until.as_milliseconds().to_le_bytes()[..])
                .arg(&entry.member[..])
                .arg(entry.remaining)
                .arg(is_indexed)
                .replicated()
        };
        let reply = self.write(request("")).await?;
        let Some(user) = record.user.as_deref().filter(|_| reply.value == Value::Int(2)) else {
            return outcome(digest, expected, write_id, reply);
        };
        self.index(user, &entry).await?;
        outcome(digest, expected, write_id, self.write(request("1")).await?)
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let request = self
            .script(&self.0.scripts.touch, digest)
            .arg(&active_at.as_milliseconds().to_le_bytes()[..])
            .arg(&expires_at.as_milliseconds().to_le_bytes()[..])
            .arg(self.life(expires_at));
        let mut value = self.write(request.clone().arg("")).await?.value;
        if let Value::BulkString(user) = value {
            let entry = self.entry(digest, expires_at);
            self.index(std::str::from_utf8(&user)?, &entry).await?;
            value = self.write(request.arg(&entry.until.as_milliseconds().to_le_bytes()[..])).await?.value;
        }
        match value {
            Value::Int(touched) => Ok(touched == 1),
            _ => Err(UNEXPECTED.into()),
        }
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        self.renew(old, expected, new, record, forward).await
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let request = self
            .script(&self.0.scripts.lock, digest)
            .arg(&lock.owner.get().to_le_bytes()[..])
            .arg(&lock.until.as_milliseconds().to_le_bytes()[..])
            .arg(now.as_milliseconds())
            .arg(lock.latest().as_milliseconds());
        let Value::Array(answer) = self.write(request.replicated()).await?.value else { return Err(UNEXPECTED.into()) };
        let mut answer = answer.into_iter();
        let (kind, rest) = (answer.next(), answer.next().unwrap_or_default());
        match kind {
            Some(Value::Int(2)) => value::moment(&bytes(rest)?).map(Locking::Held).ok_or_else(|| UNEXPECTED.into()),
            Some(Value::Int(1)) => Ok(match value::decode(digest, &bytes(rest)?) {
                Found::Live(record) => Locking::Granted(record),
                found => Locking::NotLive(Some(found)),
            }),
            _ => found(digest, rest).map(Locking::NotLive),
        }
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        let request = self.script(&self.0.scripts.unlock, digest).arg(&owner.get().to_le_bytes()[..]);
        match self.write(request.replicated()).await?.value {
            Value::BulkString(value) => match value::decode(digest, &value.into()) {
                Found::Moved(forward) => Ok(Some(forward)),
                Found::Live(_) | Found::Corrupt(_) => Ok(None),
            },
            _ => Ok(None),
        }
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let reply = self.write(self.script(&self.0.scripts.destroy, digest).replicated()).await?;
        let found = found(digest, reply.value)?;
        if let Some(Found::Live(Record { user: Some(user), .. })) = &found {
            self.forget(user, &[*digest]).await;
        }
        Ok(found)
    }

    async fn collect(&self, _now: Timestamp, _batch: usize) -> StoreResult<Collected> {
        Ok(Collected::default())
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        self.count_sessions(now).await
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        self.list(user).await
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        self.end_all(user, except).await
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        self.page(from, batch).await
    }

    async fn close(&self) -> StoreResult<()> {
        self.0.connection.close().await;
        Ok(())
    }
}
