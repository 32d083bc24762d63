//! Reads what a visit must know from an HTTP request.

use http::{HeaderMap, HeaderName, Method, Uri, header};

use crate::visit::{Destination, RequestFacts};

static SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
static PURPOSE: HeaderName = HeaderName::from_static("purpose");
static X_MOZ: HeaderName = HeaderName::from_static("x-moz");
static SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
static X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

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
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let destination = text(&SEC_FETCH_DEST).map_or(Destination::Unknown, Destination::parse);
    let is_prefetch = is_prefetch(headers);
    let accepts_html = || text(&header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    let is_script = || text(&X_REQUESTED_WITH).is_some_and(|value| value.eq_ignore_ascii_case("xmlhttprequest"));
    let wants_page = match destination {
        Destination::Document => true,
        Destination::Unknown => accepts_html() && !is_script(),
        _ => false,
    };
    let is_page = wants_page && !is_prefetch && *method == Method::GET;
    let agent = text(&header::USER_AGENT).map(|agent| match agent.char_indices().nth(MAX_AGENT) {
        Some((end, _)) => agent[..end].into(),
        None => agent.into(),
    });
    RequestFacts {
        access: None,
        is_safe: method.is_safe(),
        is_bodiless: matches!(*method, Method::HEAD | Method::OPTIONS),
        is_prefetch,
        destination,
        page: is_page.then(|| uri.path_and_query().map(ToString::to_string)).flatten(),
        address: None,
        agent,
    }
}

/// True if the browser prefetches the page (`Sec-Purpose`, and the older `Purpose` and `X-Moz`).
#[must_use]
pub fn is_prefetch(headers: &HeaderMap) -> bool {
    let is_word = |value: &str| value.split([';', ',']).any(|word| word.trim().eq_ignore_ascii_case("prefetch"));
    let says = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(is_word);
    says(&SEC_PURPOSE) || says(&PURPOSE) || says(&X_MOZ)
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
