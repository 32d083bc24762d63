//! Reads what a visit must know from an HTTP request.

use http::{HeaderMap, HeaderValue, Method, Uri, header};

use crate::visit::{Destination, RequestFacts};

/// Reads the facts of a request, except for the client's address and the route's access.
///
/// ```
/// use http::{HeaderMap, Method, Uri};
/// use salon_session::tower::request_facts;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("accept", "text/html".parse().unwrap());
/// let facts = request_facts(&Method::GET, &Uri::from_static("/books?page=2"), &headers);
/// assert_eq!(facts.page.as_deref(), Some("/books?page=2"));
/// assert!(facts.is_safe);
/// ```
#[must_use]
pub fn request_facts(method: &Method, uri: &Uri, headers: &HeaderMap) -> RequestFacts {
    /// A longer name of a browser adds no information.
    const MAX_AGENT: usize = 500;
    let (mut destination, mut accept, mut requested_with, mut agent) = (None, None, None, None);
    let mut is_prefetch = false;
    // One pass over the headers costs less than a lookup of each of these names.
    for (name, value) in headers {
        match name.as_str() {
            "sec-fetch-dest" => _ = destination.get_or_insert(value),
            "accept" => _ = accept.get_or_insert(value),
            "x-requested-with" => _ = requested_with.get_or_insert(value),
            "user-agent" => _ = agent.get_or_insert(value),
            "sec-purpose" | "purpose" | "x-moz" => is_prefetch |= says_prefetch(value),
            _ => (),
        }
    }
    let destination = text(destination).map_or(Destination::Unknown, Destination::parse);
    let accepts_html = || text(accept).is_some_and(|accept| accept.contains("text/html"));
    let is_script = || text(requested_with).is_some_and(|value| value.eq_ignore_ascii_case("xmlhttprequest"));
    let wants_page = match destination {
        Destination::Document => true,
        Destination::Unknown => accepts_html() && !is_script(),
        _ => false,
    };
    let is_page = wants_page && !is_prefetch && *method == Method::GET;
    RequestFacts {
        access: None,
        is_safe: method.is_safe(),
        is_bodiless: matches!(*method, Method::HEAD | Method::OPTIONS),
        is_prefetch,
        destination,
        page: is_page.then(|| uri.path_and_query().map(ToString::to_string)).flatten(),
        address: None,
        agent: text(agent).map(|agent| agent.get(..MAX_AGENT).unwrap_or(agent).into()),
    }
}

/// Returns the host that a request asks for, with its port if there is one. In HTTP/2 it is part of the URI.
#[must_use]
pub fn request_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    named.or_else(|| uri.authority().map(http::uri::Authority::as_str))
}

/// Returns a header's value if it is visible ASCII.
fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value?.to_str().ok()
}

/// True if the browser prefetches the page (`Sec-Purpose`, and the older `Purpose` and `X-Moz`).
#[must_use]
pub fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| headers.get_all(*name).iter().any(says_prefetch))
}

fn says_prefetch(value: &HeaderValue) -> bool {
    let mut words = text(Some(value)).unwrap_or_default().split([';', ',']);
    words.any(|word| word.trim().eq_ignore_ascii_case("prefetch"))
}

/// Returns the names and values of all `Cookie` headers in order, as they were sent: values are still percent-encoded.
///
/// A malformed pair, or one that is not UTF-8, is skipped; the pairs beside it are kept.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use salon_session::tower::cookie_pairs;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("cookie", HeaderValue::from_static("theme=dark; sid=abc"));
/// assert_eq!(cookie_pairs(&headers).find(|(name, _)| *name == "sid"), Some(("sid", "abc")));
/// ```
pub fn cookie_pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
            let value = value.trim();
            let value = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(value);
            Some((name.trim(), value)).filter(|(name, _)| !name.is_empty())
        })
}

/// Returns the values of all cookies with this name, as they were sent.
pub fn cookie_values<'headers>(headers: &'headers HeaderMap, name: &str) -> impl Iterator<Item = &'headers str> {
    cookie_pairs(headers).filter_map(move |(found, value)| (found == name).then_some(value))
}
