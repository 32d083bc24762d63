//! The entity tags of responses that a layer has compressed.

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::Response;

/// The entity tags that a client knows: `If-None-Match`.
pub(crate) struct KnownTags(Option<HeaderValue>);

impl KnownTags {
    pub(crate) fn new(request: &HeaderMap) -> Self {
        Self(request.get(header::IF_NONE_MATCH).cloned())
    }

    /// Makes the `ETag` of an encoded response weak. A strong one names its bytes, and those of the compressed response are
    /// others: a client could complete one with a part of the other. Compression layers leave the `ETag` as it is.
    ///
    /// A 304 repeats the `ETag` of the response that the client knows (RFC 9110, section 15.4.5).
    pub(crate) fn weaken(&self, response: &mut Response) {
        let Some(tag) = response.headers().get(header::ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")) else {
            return;
        };
        let Ok(weak) = HeaderValue::try_from([b"W/", tag.as_bytes()].concat()) else { return };
        let is_encoded = response.headers().get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
        let is_known_encoded = response.status() == StatusCode::NOT_MODIFIED && self.contains(&weak);
        if is_encoded || is_known_encoded {
            response.headers_mut().insert(header::ETAG, weak);
        }
    }

    fn contains(&self, tag: &HeaderValue) -> bool {
        let known = self.0.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
        known.windows(tag.len()).any(|window| window == tag.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::IntoResponse;

    fn weakened(request: &[(header::HeaderName, &str)], status: u16, headers: &[(header::HeaderName, &str)]) -> String {
        let map = |headers: &[(header::HeaderName, &str)]| {
            headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect::<HeaderMap>()
        };
        let mut response = StatusCode::from_u16(status).unwrap().into_response();
        *response.headers_mut() = map(headers);
        KnownTags::new(&map(request)).weaken(&mut response);
        response.headers().get(header::ETAG).map_or("", |tag| tag.to_str().unwrap()).to_owned()
    }

    #[test]
    fn a_compressed_response_has_a_weak_tag() {
        let gzip = (header::CONTENT_ENCODING, "gzip");
        assert_eq!(weakened(&[], 200, &[(header::ETAG, "\"1\""), gzip.clone()]), "W/\"1\"");
        assert_eq!(weakened(&[], 200, &[(header::ETAG, "W/\"1\""), gzip.clone()]), "W/\"1\"");
        assert_eq!(weakened(&[], 200, &[(header::ETAG, "\"1\"")]), "\"1\"");
        assert_eq!(weakened(&[], 200, &[gzip]), "");
    }

    #[test]
    fn a_304_repeats_the_tag_that_the_client_knows() {
        for (known, tag) in [("W/\"1\"", "W/\"1\""), ("\"0\", W/\"1\"", "W/\"1\""), ("\"1\"", "\"1\""), ("*", "\"1\"")]
        {
            assert_eq!(weakened(&[(header::IF_NONE_MATCH, known)], 304, &[(header::ETAG, "\"1\"")]), tag, "{known}");
        }
    }
}
