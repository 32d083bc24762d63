//! Checks that run once, at startup.

use redis::{FromRedisValue, InfoDict};

use super::{RedisConnection, RedisFailure, Request};
use crate::DatabaseError;

/// The version that introduced GETEX.
const OLDEST: (u32, u32) = (6, 2);

impl RedisConnection {
    /// Connects, and checks that the server supports what is needed. `probe` contains one request of each kind that
    /// will be made, for keys that do not exist.
    ///
    /// # Errors
    /// Returns an error if the server cannot be reached, is too old, or refuses a request.
    pub async fn check(
        &self,
        name: &str,
        probe: impl IntoIterator<Item = Request> + Send,
    ) -> Result<(), DatabaseError> {
        let refuse = |failure: RedisFailure| DatabaseError::Unreachable {
            connection: name.to_owned(),
            remedy: failure.to_string(),
            source: failure.into_source(),
        };
        match self.run(Request::of_slot("INFO", 0)).await {
            Ok(reply) => {
                if let Ok(info) = InfoDict::from_redis_value(reply.value) {
                    self.check_version(name, &info)?;
                    self.warn_of_eviction(name, &info);
                }
            }
            // A user with only the permissions that sessions need may not ask this.
            Err(RedisFailure::Refused { source, .. }) if source.code() == Some("NOPERM") => {}
            Err(failure) => return Err(refuse(failure)),
        }
        for request in probe {
            self.run(request).await.map_err(refuse)?;
        }
        Ok(())
    }

    fn check_version(&self, name: &str, info: &InfoDict) -> Result<(), DatabaseError> {
        let Some(version) = info.get::<String>("redis_version") else { return Ok(()) };
        let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
        let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return Ok(()) };
        if (major, minor) >= OLDEST {
            return Ok(());
        }
        Err(DatabaseError::Unreachable {
            connection: name.to_owned(),
            remedy: format!("{} is version {version}, but 6.2 or newer is required: upgrade the server", self.shown),
            source: "the server is too old".into(),
        })
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
                self.shown,
            );
        }
    }
}
