//! The other end of the connection that a request came over.

use std::net::{IpAddr, SocketAddr};

/// The other end of the connection that a request came over. Behind a proxy it is the proxy.
///
/// A client of a Unix socket has no address: `request.ip()` is `None`, a session records none, and `Throttle` counts all of
/// them together. It is a program on this machine, but usually a proxy that passes on what strangers send. So it never sees
/// the error page with all details, and the limits for one address do not apply to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// There is no connection: a test or the app itself has made the request.
    #[default]
    Absent,
    /// A client with this address and port, over TCP.
    Tcp(SocketAddr),
    /// A client with this address and port, over TLS.
    Tls(SocketAddr),
    /// A client of a Unix socket.
    Unix,
}

impl Peer {
    /// Returns the address and port, if it has one.
    #[must_use]
    pub const fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) | Self::Tls(address) => Some(address),
            Self::Absent | Self::Unix => None,
        }
    }

    /// Returns the IP address, if it has one.
    #[must_use]
    pub fn ip(self) -> Option<IpAddr> {
        self.address().map(|address| address.ip())
    }

    /// True if nobody on the way can read or change what it sends.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// True if it may be a developer at this machine, and cannot be somebody else.
    pub(crate) fn is_this_machine(self) -> bool {
        match self {
            Self::Absent => true,
            Self::Tcp(address) | Self::Tls(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix => false,
        }
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl From<Option<SocketAddr>> for Peer {
    fn from(address: Option<SocketAddr>) -> Self {
        address.map_or(Self::Absent, Self::Tcp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_client_of_the_loopback_address_may_be_a_developer() {
        let tcp = |address: &str| Peer::Tcp(SocketAddr::new(address.parse().unwrap(), 4711));
        assert!(Peer::Absent.is_this_machine());
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(tcp(address).is_this_machine(), "{address}");
        }
        assert!(!tcp("192.0.2.1").is_this_machine());
        assert!(!Peer::Unix.is_this_machine(), "it may be a proxy");
    }
}
