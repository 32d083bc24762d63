//! The kind of server that an address leads to.

use salon_core::config::did_you_mean;

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

/// The scheme of a URL, and what it leads to.
const NAMES: [(&str, Scheme); 13] = [
    ("sqlite", Scheme::Sqlite),
    ("postgres", Scheme::Postgres),
    ("postgresql", Scheme::Postgres),
    ("mysql", Scheme::MySql),
    ("mariadb", Scheme::MySql),
    ("redis", Scheme::Redis),
    ("rediss", Scheme::Redis),
    ("redis+unix", Scheme::Redis),
    ("redis+sentinel", Scheme::RedisSentinel),
    ("rediss+sentinel", Scheme::RedisSentinel),
    ("redis+cluster", Scheme::RedisCluster),
    ("rediss+cluster", Scheme::RedisCluster),
    ("memcached", Scheme::Memcached),
];

impl Scheme {
    /// Parses the scheme of the URL of this connection.
    ///
    /// # Errors
    /// Returns an error that names the connection if the scheme is not one of those above.
    pub fn of(connection: &str, url: &str) -> Result<Self, DatabaseError> {
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        let known = NAMES.iter().find_map(|(name, known)| (*name == scheme).then_some(*known));
        known.ok_or_else(|| {
            // The scheme itself is not shown: without a colon it is the whole URL.
            let names = NAMES.map(|(name, _)| name);
            let (hint, all) = (did_you_mean(scheme, names), names.join(":, "));
            DatabaseError::wrong_url(
                connection,
                format!("its scheme is unknown{hint}; it must begin with one of {all}:"),
            )
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
        assert!(error.contains("did you mean `redis`?") && error.contains("sqlite:, postgres:"), "{error}");
        let error = Scheme::of("main", "password").unwrap_err().to_string();
        assert!(!error.contains("password") && !error.contains("did you mean"), "{error}");
    }
}
