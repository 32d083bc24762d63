//! Checks that run once, at startup.

use redis::{FromRedisValue, InfoDict};

use super::{command::RedisCommand, connection::RedisConnection, error::RedisCommandError};
use crate::error::DatabaseError;

/// The version that introduced GETEX.
const MIN_VERSION: (u32, u32) = (6, 2);

impl RedisConnection {
    /// Connects, and checks that the server supports what is needed. `probe` contains one command of each kind that
    /// will be sent, for keys that do not exist.
    ///
    /// # Errors
    /// Returns an error if the server cannot be reached, is too old, or refuses a command.
    pub async fn check(
        &self,
        name: &str,
        probe: impl IntoIterator<Item = RedisCommand> + Send,
    ) -> Result<(), DatabaseError> {
        let explain =
            |error: RedisCommandError| DatabaseError::unreachable(name, error.to_string(), error.into_source());
        match self.run(RedisCommand::for_slot("INFO", 0)).await {
            Ok(reply) => {
                if let Ok(info) = InfoDict::from_redis_value(reply.value) {
                    self.check_version(name, &info)?;
                    self.warn_of_eviction(name, &info);
                }
            }
            // A user with only the permissions that sessions need may not ask this.
            Err(RedisCommandError::Refused { source, .. }) if source.code() == Some("NOPERM") => {}
            Err(error) => return Err(explain(error)),
        }
        for command in probe {
            self.run(command).await.map_err(explain)?;
        }
        Ok(())
    }

    fn check_version(&self, name: &str, info: &InfoDict) -> Result<(), DatabaseError> {
        let Some(version) = info.get::<String>("redis_version") else { return Ok(()) };
        let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
        let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return Ok(()) };
        if (major, minor) >= MIN_VERSION {
            return Ok(());
        }
        let remedy = format!("{} is version {version}, but 6.2 or newer is required: upgrade the server", self.address);
        Err(DatabaseError::unreachable(name, remedy, "the server is too old"))
    }

    /// Evicting a session logs its visitor out.
    fn warn_of_eviction(&self, name: &str, info: &InfoDict) {
        let has_limit = info.get::<u64>("maxmemory").is_some_and(|limit| limit > 0);
        let policy = info.get::<String>("maxmemory_policy").unwrap_or_default();
        if has_limit && !policy.is_empty() && policy != "noeviction" {
            tracing::warn!(
                connection = name,
                policy,
                "{} evicts keys when its memory is full, including sessions, whose visitors are then logged out. Set `maxmemory-policy noeviction`, or use a separate server for sessions",
                self.address,
            );
        }
    }
}
