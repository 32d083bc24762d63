//! What a `redis` URL leads to: one server, sentinels, or a Cluster.

use std::fmt;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, io::tcp::TcpSettings};

use crate::{connection::Connection, error::DatabaseError, scheme::Scheme};

/// What a URL must look like, for error messages.
const FORMS: &str = "it must look like redis://user:password@host:6379/0, rediss://host:6379/0, redis+unix:///path/to/socket?db=0, redis+sentinel://host:26379,host:26379/name-of-the-master/0 or redis+cluster://host:6379,host:6379; in user and password `@`, `:`, `/` and `%` are written as %40, %3A, %2F and %25";

/// The servers that a `redis` URL leads to. The client parses the URL of one server; the URL of several servers is split
/// into such URLs here, because the client has no form for it.
#[derive(Clone, Debug)]
pub(super) enum Topology {
    /// One server.
    Server(ConnectionInfo),
    /// The server that the sentinels report as the master.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<ConnectionInfo>,
        /// The name of the master, as the sentinels know it.
        master: String,
        /// The login and the database number for the master; its address is not known yet.
        server: ConnectionInfo,
    },
    /// A Cluster, given by some of its nodes.
    Cluster(Vec<ConnectionInfo>),
}

impl Topology {
    /// Parses a URL.
    ///
    /// # Errors
    /// Returns an error if the URL is invalid, or needs a feature that is not compiled in.
    pub(super) fn of(connection: &Connection) -> Result<Self, DatabaseError> {
        let url = connection.config.url.expose();
        let invalid = |problem| DatabaseError::wrong_url(&connection.name, problem);
        let malformed = || invalid(FORMS);
        if url.starts_with("rediss") && !cfg!(feature = "tls") {
            return Err(DatabaseError::MissingFeature { connection: connection.name.clone(), feature: "tls" });
        }
        // `#insecure` would disable the certificate check.
        if url.contains('#') {
            return Err(malformed());
        }
        match connection.scheme {
            Scheme::RedisSentinel => Self::sentinel(url).ok_or_else(malformed),
            Scheme::RedisCluster => {
                let nodes = MultiHostUrl::parse(url).ok_or_else(malformed)?;
                if !nodes.path.trim_matches('/').is_empty() || !nodes.query.is_empty() {
                    return Err(invalid(
                        "a Redis Cluster has only one database, without a number: end the URL after the last port",
                    ));
                }
                nodes.infos(nodes.login).map(Self::Cluster).ok_or_else(malformed)
            }
            _ => info(url).map(Self::Server).ok_or_else(malformed),
        }
    }

    fn sentinel(url: &str) -> Option<Self> {
        let url = MultiHostUrl::parse(url)?;
        let (master, number) = url.path.split_once('/').unwrap_or((url.path, ""));
        if master.is_empty() {
            return None;
        }
        let server = info(&format!("{}://{}127.0.0.1/{number}", url.scheme, url.login))?;
        // Sentinels have their own passwords, or none.
        let (mut user, mut password) = (None, None);
        for pair in url.query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=')? {
                ("sentinel_user", value) => user = Some(value),
                ("sentinel_password", value) => password = Some(value),
                _ => return None,
            }
        }
        let login = match (user, password) {
            (user, Some(password)) => format!("{}:{password}@", user.unwrap_or_default()),
            (None, None) => String::new(),
            (Some(_), None) => return None,
        };
        let sentinels = url.infos(&login)?;
        Some(Self::Sentinel { sentinels, master: master.to_owned(), server })
    }
}

/// Shown to people, so it omits user and password.
impl fmt::Display for Topology {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |infos: &[ConnectionInfo]| infos.iter().map(|info| info.addr().to_string()).collect::<Vec<_>>().join(", ");
        match self {
            Self::Server(info) => write!(formatter, "Redis at {}", info.addr()),
            Self::Sentinel { sentinels, master, .. } => {
                write!(formatter, "Redis master `{master}` of the sentinels at {}", list(sentinels))
            }
            Self::Cluster(nodes) => write!(formatter, "Redis Cluster at {}", list(nodes)),
        }
    }
}

/// A URL with several hosts.
struct MultiHostUrl<'a> {
    scheme: &'static str,
    /// Includes its `@`; empty if there is no login.
    login: &'a str,
    hosts: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> MultiHostUrl<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = if scheme.starts_with("rediss") { "rediss" } else { "redis" };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        // A second host has a login, which would be taken for a part of the first one's password.
        if login.matches('@').count() > 1 {
            return None;
        }
        Some(Self { scheme, login, hosts, path, query })
    }

    /// Returns the hosts with this login.
    fn infos(&self, login: &str) -> Option<Vec<ConnectionInfo>> {
        self.hosts.split(',').map(|host| info(&format!("{}://{login}{host}/", self.scheme))).collect()
    }
}

/// Returns the settings of every connection. Commands are small and awaited, so `TCP_NODELAY` is set.
pub(super) fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// Parses the URL of one server.
fn info(url: &str) -> Option<ConnectionInfo> {
    let info = url.into_connection_info().ok()?;
    let is_number = info.redis_settings().db() >= 0;
    let has_address = match info.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => !host.is_empty(),
        ConnectionAddr::Unix(path) => path.parent().is_some(),
        _ => false,
    };
    (is_number && has_address).then(|| info.set_tcp_settings(tcp_settings()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConnectionConfig;

    fn parse(url: &str) -> Result<Topology, DatabaseError> {
        let (config, scheme) = (ConnectionConfig::to(url), Scheme::of("redis", url).unwrap());
        Topology::of(&Connection { name: "redis".to_owned(), scheme, config })
    }

    #[test]
    fn sentinels_have_a_login_of_their_own_in_either_order() {
        for url in [
            "redis+sentinel://:master@a:1,b:2/main/3?sentinel_user=ada&sentinel_password=p%40ss",
            "redis+sentinel://:master@a:1,b:2/main/3?sentinel_password=p%40ss&sentinel_user=ada",
        ] {
            let Topology::Sentinel { sentinels, master, server } = parse(url).unwrap() else { panic!("{url}") };
            assert_eq!((master.as_str(), server.redis_settings().db()), ("main", 3));
            assert_eq!(server.redis_settings().password(), Some("master"));
            for (info, place) in sentinels.iter().zip(["a:1", "b:2"]) {
                let settings = info.redis_settings();
                assert_eq!((settings.username(), settings.password()), (Some("ada"), Some("p@ss")));
                assert_eq!(info.addr().to_string(), place);
            }
        }
    }

    #[test]
    fn a_misplaced_login_is_refused_and_not_shown() {
        for url in [
            "redis+sentinel://a:1/main?sentinel_user=hunter2",
            "redis+sentinel://a:1/main?hunter2",
            "redis+cluster://ada:hunter2@a:1,ada:hunter2@b:2",
            "redis+sentinel://ada:hunter2@a:1,ada:hunter2@b:2/main",
        ] {
            let refused = parse(url).expect_err(url).to_string();
            assert!(refused.contains("must look like") && !refused.contains("hunter2"), "{refused}");
        }
    }
}
