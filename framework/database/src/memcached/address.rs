//! The addresses of servers.

use std::fmt;

use crate::error::DatabaseError;

/// The default port of memcached.
const PORT: u16 = 11_211;

/// A server's host and port, as they appear in the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// Parses the servers of `memcached://host:port,host:port`.
    ///
    /// # Errors
    /// Returns an error if the URL does not have this form.
    pub(super) fn parse_all(connection: &str, url: &str) -> Result<Vec<Self>, DatabaseError> {
        const FORMS: &str = "it must look like memcached://host:port, or memcached://host:port,host:port";
        let wrong = |problem: &str| DatabaseError::wrong_url(connection, format!("{problem}; {FORMS}"));
        let (_, servers) = url.split_once("://").ok_or_else(|| wrong("it does not contain ://"))?;
        // Text on either side of an @ is not shown.
        if servers.contains('@') {
            return Err(wrong("it has a user or a password, and Salon does not authenticate to memcached"));
        }
        let servers = servers.strip_suffix('/').unwrap_or(servers);
        if servers.contains(['/', '?', '#']) {
            return Err(wrong("something follows the servers"));
        }
        let mut addresses: Vec<Self> = Vec::new();
        for server in servers.split(',') {
            let address = Self::parse(server).ok_or_else(|| wrong(&format!("`{server}` is not a host with a port")))?;
            if addresses.contains(&address) {
                return Err(wrong(&format!("`{address}` is listed twice")));
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    fn parse(server: &str) -> Option<Self> {
        let (host, port) = match server.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
            }
            None => server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
        };
        let is_host = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic());
        let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0))?;
        is_host.then(|| Self { host: host.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(url: &str) -> String {
        let addresses = Address::parse_all("cache", url).unwrap();
        addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_server_or_several_with_a_port_or_the_usual_one() {
        assert_eq!(servers("memcached://127.0.0.1:11212"), "127.0.0.1:11212");
        assert_eq!(servers("memcached://one,Two:1,[::1]:2,[::1]/"), "one:11211 two:1 [::1]:2 [::1]:11211");
    }

    #[test]
    fn a_url_that_is_not_a_list_of_servers_is_refused_with_its_form() {
        for url in [
            "memcached:",
            "memcached:127.0.0.1",
            "memcached://",
            "memcached://a,",
            "memcached://a:",
            "memcached://a:0",
            "memcached://a:70000",
            "memcached://a:1:2",
            "memcached://[::1",
            "memcached://[::1]1",
            "memcached://[x]:1",
            "memcached://a b",
            "memcached://a:1,A:1",
            "memcached://a:1/0",
            "memcached://a:1?timeout=1",
        ] {
            let refused = Address::parse_all("cache", url).unwrap_err().to_string();
            assert!(
                refused.contains("connections.cache.url") && refused.contains("memcached://host:port"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_password_is_refused_and_not_shown() {
        let refused = Address::parse_all("cache", "memcached://ada:hunter2@a:1").unwrap_err().to_string();
        assert!(refused.contains("password") && !refused.contains("hunter2") && !refused.contains("ada"), "{refused}");
    }
}
