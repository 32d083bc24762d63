//! Whether the head of a request says one thing only.
//!
//! A server and a proxy in front of it that read the same head differently can be made to take the body of one request for
//! another request (request smuggling), or to serve one site's request to another. hyper refuses most such heads. These
//! rules refuse what it lets through, except for a length beside `chunked`, which they cannot see any more: hyper drops the
//! length, reads the chunks, and closes the connection after the answer, as RFC 9112, section 6.3, demands. What follows the
//! body is never read as a request, so a proxy that counts the bytes of the length can be misled about nothing. A 400 would
//! need a second parser in front of hyper, and would prevent nothing more.

use http::{HeaderMap, HeaderValue, Request, StatusCode, Version, header};
use http_body::Body;

/// Returns the status to refuse a request with, if its head is ambiguous (RFC 9112, sections 3.2 and 6.1; RFC 9113, section
/// 8.3.1).
pub(super) fn refusal<B: Body>(request: &Request<B>) -> Option<StatusCode> {
    let named = single(request.headers(), header::HOST);
    let addressed = request.uri().authority().map(http::uri::Authority::as_str);
    let is_valid = match (named, addressed) {
        (Field::Single(host), None) => is_host(host.as_bytes()),
        (Field::Absent, None) => request.version() < Version::HTTP_11,
        (Field::Absent, Some(authority)) => request.version() == Version::HTTP_2 && is_host(authority.as_bytes()),
        (Field::Single(host), Some(authority)) => {
            if !host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()) {
                return Some(StatusCode::MISDIRECTED_REQUEST);
            }
            is_host(authority.as_bytes())
        }
        (Field::Repeated, _) => false,
    };
    // Without a body there is no coding that hyper has accepted.
    let is_framed = request.body().is_end_stream()
        || match single(request.headers(), header::TRANSFER_ENCODING) {
            Field::Absent => true,
            Field::Single(coding) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
            Field::Repeated => false,
        };
    (!is_valid || !is_framed).then_some(StatusCode::BAD_REQUEST)
}

enum Field<'a> {
    Absent,
    Single(&'a HeaderValue),
    Repeated,
}

fn single(headers: &HeaderMap, name: header::HeaderName) -> Field<'_> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Field::Absent,
        (Some(value), None) => Field::Single(value),
        (Some(_), Some(_)) => Field::Repeated,
    }
}

/// True for the name or address of a host, perhaps with a port, but without a user.
fn is_host(host: &[u8]) -> bool {
    let is_allowed = |byte: &u8| {
        matches!(
            byte,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' | b'~' | b':' | b'[' | b']' | b'%' | b'!' | b'$'
                | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        )
    };
    !host.is_empty() && host.iter().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    fn refused(version: Version, uri: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = http::Request::get(uri).version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        refusal(&request.body(Full::<bytes::Bytes>::from("abc")).unwrap()).map_or(200, |status| status.as_u16())
    }

    #[test]
    fn sr_39_a_request_names_one_host() {
        let http1 = |uri, headers: &[(&str, &str)]| refused(Version::HTTP_11, uri, headers);
        for host in ["shop.example", "shop.example:8080", "[::1]:80", "127.0.0.1"] {
            assert_eq!(http1("/", &[("host", host)]), 200, "{host}");
        }
        for host in ["", "user@shop.example", "shop.example/path", "a b", "shop.example\u{e4}"] {
            assert_eq!(http1("/", &[("host", host)]), 400, "{host}");
        }
        assert_eq!(http1("/", &[]), 400);
        assert_eq!(http1("/", &[("host", "a.example"), ("host", "a.example")]), 400);
        assert_eq!(http1("http://a.example/", &[("host", "A.example")]), 200);
        assert_eq!(http1("http://a.example/", &[("host", "b.example")]), 421);
        assert_eq!(refused(Version::HTTP_10, "/", &[]), 200);
    }

    #[test]
    fn sr_39_over_http_2_authority_and_host_agree() {
        let http2 = |uri, headers: &[(&str, &str)]| refused(Version::HTTP_2, uri, headers);
        assert_eq!(http2("http://a.example/", &[]), 200);
        assert_eq!(http2("http://a.example/", &[("host", "a.example")]), 200);
        assert_eq!(http2("http://a.example/", &[("host", "b.example")]), 421);
        assert_eq!(http2("/", &[]), 400);
    }

    #[test]
    fn sr_64_a_body_has_one_framing() {
        let framed = |headers: &[(&str, &str)]| {
            let headers: Vec<_> = [("host", "a.example")].into_iter().chain(headers.iter().copied()).collect();
            refused(Version::HTTP_11, "/", &headers)
        };
        assert_eq!(framed(&[("transfer-encoding", "Chunked")]), 200);
        assert_eq!(framed(&[("content-length", "3")]), 200);
        for wrong in ["gzip, chunked", "xchunked", "identity", "chunked, chunked", ""] {
            assert_eq!(framed(&[("transfer-encoding", wrong)]), 400, "{wrong}");
        }
        assert_eq!(framed(&[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")]), 400);
    }
}
