//! What is looked at once, at the start.

use redis::{FromRedisValue, InfoDict};

use super::{RedisConnection, RedisFailure, Request};
use crate::DatabaseError;

/// GETEX came with it.
const OLDEST: (u32, u32) = (6, 2);

impl RedisConnection {
    /// Connects, and looks whether the server can do what is needed. `probe` are requests of the kinds that will be made, about
    /// keys that are not there.
    ///
    /// # Errors
    /// It does not come about, or the server is too old, or not willing.
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
            // A user who may do only what sessions need may not ask this.
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
            remedy: format!("{} is version {version}, and 6.2 or newer is needed: update the server", self.shown),
            source: "the server is too old".into(),
        })
    }

    /// Sessions that are thrown away for want of memory are visitors who are logged out.
    fn warn_of_eviction(&self, name: &str, info: &InfoDict) {
        let has_limit = info.get::<u64>("maxmemory").is_some_and(|limit| limit > 0);
        let policy = info.get::<String>("maxmemory_policy").unwrap_or_default();
        if has_limit && !policy.is_empty() && policy != "noeviction" {
            tracing::warn!(
                connection = name,
                policy,
                "{} throws keys away when its memory is full, and with them sessions: their visitors are logged out. Set `maxmemory-policy noeviction`, or keep sessions on a server of their own",
                self.shown,
            );
        }
    }
}
