//! The kind of server that an address leads to.

use crate::error::DatabaseError;

/// The kind of server or database that a connection leads to: the scheme of its URL.
///
/// ```
/// use salon_database::Scheme;
///
/// let scheme = Scheme::of("cache", "redis+sentinel://10.0.0.5:26379/main")?;
/// assert_eq!(scheme, Scheme::RedisSentinel);
/// assert_eq!(scheme.feature(), "redis");
/// # Ok::<(), salon_database::DatabaseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sqlite:`, a file.
    Sqlite,
    /// `postgres:` or `postgresql:`.
    Postgres,
    /// `mysql:` or `mariadb:`.
    MySql,
    /// `redis:`, `rediss:` (TLS) or `redis+unix:`: one server.
    Redis,
    /// `redis+sentinel:` or `rediss+sentinel:`: whichever server is currently the master.
    RedisSentinel,
    /// `redis+cluster:` or `rediss+cluster:`.
    RedisCluster,
    /// `memcached:`, one server or several.
    Memcached,
}

impl Scheme {
    /// Parses the scheme of the URL of this connection.
    ///
    /// # Errors
    /// Returns an error that names the connection if the scheme is not one of those above.
    pub fn of(connection: &str, url: &str) -> Result<Self, DatabaseError> {
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        Ok(match scheme {
            "sqlite" => Self::Sqlite,
            "postgres" | "postgresql" => Self::Postgres,
            "mysql" | "mariadb" => Self::MySql,
            "redis" | "rediss" | "redis+unix" => Self::Redis,
            "redis+sentinel" | "rediss+sentinel" => Self::RedisSentinel,
            "redis+cluster" | "rediss+cluster" => Self::RedisCluster,
            "memcached" => Self::Memcached,
            _ => {
                let problem = "its scheme is unknown; it must begin with sqlite:, postgres:, mysql:, redis:, rediss:, redis+unix:, redis+sentinel:, redis+cluster: or memcached:";
                return Err(DatabaseError::WrongUrl { connection: connection.to_owned(), problem: problem.to_owned() });
            }
        })
    }

    /// Returns the Cargo feature of `salon` that it needs.
    #[must_use]
    pub const fn feature(self) -> &'static str {
        self.requirement().0
    }

    /// True if that feature is enabled.
    #[must_use]
    pub const fn is_compiled(self) -> bool {
        self.requirement().1
    }

    /// Returns the Cargo feature that it needs, and whether that is enabled.
    const fn requirement(self) -> (&'static str, bool) {
        match self {
            Self::Sqlite => ("sqlite", cfg!(feature = "sqlite")),
            Self::Postgres => ("postgres", cfg!(feature = "postgres")),
            Self::MySql => ("mysql", cfg!(feature = "mysql")),
            Self::Redis | Self::RedisSentinel | Self::RedisCluster => ("redis", cfg!(feature = "redis")),
            Self::Memcached => ("memcached", cfg!(feature = "memcached")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_of_a_url_determines_the_kind_of_server() {
        assert_eq!(Scheme::of("main", "sqlite:storage/database.sqlite").unwrap(), Scheme::Sqlite);
        assert_eq!(Scheme::of("main", "postgresql://127.0.0.1/salon").unwrap(), Scheme::Postgres);
        assert_eq!(Scheme::of("main", "rediss+cluster://a:1,b:2").unwrap(), Scheme::RedisCluster);
    }

    #[test]
    fn an_unknown_scheme_is_refused_without_showing_the_url() {
        let error = Scheme::of("main", "reddis://:password@127.0.0.1").unwrap_err().to_string();
        assert!(error.contains("connections.main.url") && !error.contains("password"), "{error}");
    }
}
