//! A proxy whose word about its clients counts.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// What stands for every client of a Unix socket.
const UNIX: &str = "unix";

/// A proxy whose word about its clients counts: an address, a network in CIDR notation (RFC 4632), or `unix` for the clients
/// of Unix sockets.
///
/// ```
/// use salon::config::TrustedProxy;
///
/// let proxy: TrustedProxy = "10.0.0.0/8".parse()?;
/// assert!(proxy.contains("10.1.2.3".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum TrustedProxy {
    /// The proxies in this network.
    Network(IpNet),
    /// The proxies that connect to a Unix socket.
    Unix,
}

/// The text does not name a proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a proxy: write an IP address, a network such as 10.0.0.0/8, or `unix`")]
pub struct TrustedProxyError(String);

impl TrustedProxy {
    /// True if it stands for this address. An IPv4 address within IPv6 counts as what it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        matches!(self, Self::Network(network) if network.contains(&address.to_canonical()))
    }
}

impl FromStr for TrustedProxy {
    type Err = TrustedProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == UNIX {
            return Ok(Self::Unix);
        }
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self::Network).map_err(|_| TrustedProxyError(text.to_owned()))
    }
}

impl TryFrom<String> for TrustedProxy {
    type Error = TrustedProxyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TrustedProxy> for String {
    fn from(proxy: TrustedProxy) -> Self {
        proxy.to_string()
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(formatter),
            Self::Unix => formatter.write_str(UNIX),
        }
    }
}

/// The headers in which the trusted proxies say who their clients are: `proxy_headers` in `config/app.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProxyHeaders {
    /// `X-Forwarded-For` and `X-Forwarded-Host`, which most proxies send. The default.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_address_a_network_or_every_unix_socket() {
        let contains =
            |proxy: &str, address: &str| proxy.parse::<TrustedProxy>().unwrap().contains(address.parse().unwrap());
        assert!(contains("10.0.0.0/8", "10.9.9.9") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("127.0.0.1", "::ffff:127.0.0.1") && contains("2001:db8::/32", "2001:db8::7"));
        assert!(!contains("unix", "127.0.0.1"));
        for text in ["", "*", "10.0.0.0/33", "proxy.example", "10.0.0.1:80"] {
            assert!(text.parse::<TrustedProxy>().is_err(), "{text}");
        }
        assert_eq!("10.0.0.0/8".parse::<TrustedProxy>().unwrap().to_string(), "10.0.0.0/8");
    }
}
