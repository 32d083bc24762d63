//! What trusted proxies say of their clients.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, Uri, header};

use super::Peer;
use crate::{
    config::{ProxyHeaders, TrustedProxy},
    session::tower::request_host,
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The proxies that the app trusts.
///
/// Each proxy on the way appends the address that a request came from to a list. Only what a trusted proxy has appended
/// counts: from the end of the list to the first address that is not a proxy's. What stands before it may have been made up
/// by the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    trusted: Vec<TrustedProxy>,
    headers: ProxyHeaders,
}

impl Proxies {
    pub(crate) const fn new(trusted: Vec<TrustedProxy>, headers: ProxyHeaders) -> Self {
        Self { trusted, headers }
    }

    /// Returns the headers in which the other end of a connection may speak for its clients; `None` if it is not trusted.
    pub(crate) fn headers_of(&self, peer: Peer) -> Option<ProxyHeaders> {
        let is_trusted = match peer {
            Peer::Tcp(address) | Peer::Tls(address) => self.trusts(address.ip()),
            Peer::Unix => self.trusted.contains(&TrustedProxy::Unix),
            Peer::Absent => false,
        };
        is_trusted.then_some(self.headers)
    }

    /// True if one of the proxies has this address.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|proxy| proxy.contains(address))
    }

    /// Returns the address of the client that has sent a request over this connection.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
        match self.headers_of(peer) {
            None => peer.ip(),
            Some(ProxyHeaders::XForwarded) => self.first_stranger(peer, elements(headers, &X_FORWARDED_FOR)),
            Some(ProxyHeaders::Forwarded) => {
                let elements = elements(headers, &header::FORWARDED);
                self.first_stranger(peer, elements.map(|element| element.and_then(|element| parameter(element, "for"))))
            }
        }
    }

    fn first_stranger<'a>(&self, peer: Peer, hops: impl Iterator<Item = Option<&'a str>>) -> Option<IpAddr> {
        let mut client = peer.ip();
        for hop in hops {
            // A proxy that hides or garbles the address is the last one that is known.
            let Some(address) = hop.and_then(address) else { break };
            client = Some(address);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

/// Returns the host that the visitor has asked for, with its port if there is one: what a trusted proxy says, or else the
/// request itself.
pub(crate) fn host<'a>(trusted: Option<ProxyHeaders>, uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let forwarded = match trusted {
        None => None,
        Some(ProxyHeaders::XForwarded) => elements(headers, &X_FORWARDED_HOST).next().flatten(),
        Some(ProxyHeaders::Forwarded) => {
            let element = elements(headers, &header::FORWARDED).next().flatten();
            element.and_then(|element| parameter(element, "host"))
        }
    };
    forwarded.or_else(|| request_host(uri, headers))
}

/// True if a proxy has probably passed on a request, trusted or not.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    let names = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];
    names.iter().any(|name| headers.contains_key(*name))
}

/// Returns the elements of a list in all headers of this name, the last one first; `None` for what is not text.
fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = Option<&'a str>> {
    headers.get_all(name).iter().rev().flat_map(|value| {
        let text = value.to_str().ok();
        let elements = text.unwrap_or_default().rsplit(',').map(move |element| text.map(|_| element.trim()));
        elements.filter(|element| *element != Some(""))
    })
}

/// Returns a parameter of an element of `Forwarded`.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split(';').find_map(|pair| {
        let (found, value) = pair.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// Parses an address, perhaps with a port: `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7`, `[2001:db8::7]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _port)) => address,
        None => text,
    };
    let without_port = || bare.rsplit_once(':').map(|(address, _port)| address);
    let address: IpAddr = bare.parse().ok().or_else(|| without_port()?.parse().ok())?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use http::HeaderValue;

    use super::*;

    fn proxies(headers: ProxyHeaders) -> Proxies {
        let trusted = ["10.0.0.0/8", "unix"].map(|proxy| proxy.parse().unwrap());
        Proxies::new(trusted.to_vec(), headers)
    }

    fn tcp(address: &str) -> Peer {
        Peer::Tcp(SocketAddr::new(address.parse().unwrap(), 4711))
    }

    fn headers(fields: &[(&'static str, &[u8])]) -> HeaderMap {
        let value = |value: &[u8]| HeaderValue::from_bytes(value).unwrap();
        fields.iter().map(|(name, text)| (HeaderName::from_static(name), value(text))).collect()
    }

    #[test]
    fn sr_39_only_what_trusted_proxies_have_appended_counts() {
        let client = |peer: Peer, lines: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
            }
            proxies(ProxyHeaders::XForwarded).client(peer, &headers).map(|address| address.to_string())
        };
        for (peer, lines, expected) in [
            (tcp("203.0.113.9"), &[&b"192.0.2.7"[..]][..], "203.0.113.9"),
            (tcp("10.0.0.1"), &[b"192.0.2.7"], "192.0.2.7"),
            (tcp("::ffff:10.0.0.1"), &[b"192.0.2.7"], "192.0.2.7"),
            (tcp("10.0.0.1"), &[b"1.2.3.4, 192.0.2.7"], "192.0.2.7"),
            (tcp("10.0.0.1"), &[b"1.2.3.4", b"192.0.2.7, 10.0.0.2"], "192.0.2.7"),
            (tcp("10.0.0.1"), &[b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (tcp("10.0.0.1"), &[b"1.2.3.4, unknown"], "10.0.0.1"),
            (tcp("10.0.0.1"), &[b"1.2.3.4, \xff, 10.0.0.2"], "10.0.0.1"),
            (tcp("10.0.0.1"), &[b"\xff", b"192.0.2.7"], "192.0.2.7"),
            (tcp("10.0.0.1"), &[b"192.0.2.7:1234"], "192.0.2.7"),
            (tcp("10.0.0.1"), &[b"[2001:db8::7]:1234"], "2001:db8::7"),
            (tcp("10.0.0.1"), &[b"2001:db8::7"], "2001:db8::7"),
            (tcp("10.0.0.1"), &[b"192.0.2.7, ,"], "192.0.2.7"),
            (tcp("10.0.0.1"), &[], "10.0.0.1"),
            (Peer::Unix, &[b"192.0.2.7"], "192.0.2.7"),
        ] {
            assert_eq!(client(peer, lines).as_deref(), Some(expected), "{peer:?} {lines:?}");
        }
        assert_eq!(client(Peer::Unix, &[]), None);
    }

    #[test]
    fn sr_39_the_standard_header_counts_if_it_is_chosen() {
        let fields: &[(&str, &[u8])] = &[
            ("forwarded", br#"for=1.2.3.4, for="[2001:db8::7]:4711";host="shop.example";proto=https"#),
            ("x-forwarded-for", b"5.6.7.8"),
            ("x-forwarded-host", b"evil.example"),
            ("host", b"10.0.0.9:3000"),
        ];
        let headers = headers(fields);
        let (peer, uri) = (tcp("10.0.0.1"), Uri::from_static("/"));
        let standard = proxies(ProxyHeaders::Forwarded);
        assert_eq!(standard.client(peer, &headers), "2001:db8::7".parse().ok());
        assert_eq!(host(standard.headers_of(peer), &uri, &headers), Some("shop.example"));
        let usual = proxies(ProxyHeaders::XForwarded);
        assert_eq!(usual.client(peer, &headers), "5.6.7.8".parse().ok());
        assert_eq!(host(usual.headers_of(peer), &uri, &headers), Some("evil.example"));
        assert_eq!(host(usual.headers_of(tcp("203.0.113.9")), &uri, &headers), Some("10.0.0.9:3000"));
    }

    #[test]
    fn a_header_that_is_not_text_shows_a_proxy_too() {
        assert!(is_forwarded(&headers(&[("x-forwarded-for", b"\xff")])));
        assert!(is_forwarded(&headers(&[("via", b"1.1 proxy")])));
        assert!(!is_forwarded(&headers(&[("host", b"localhost")])));
    }
}
