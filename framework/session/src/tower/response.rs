//! Writes what a visit means for a response into its headers.

use http::{HeaderMap, HeaderValue, Response, header};

use crate::{
    config::CookieSettings,
    visit::{CookieCommand, ResponseFacts, Verdict},
};

/// Reads the facts of a response. A 4xx counts as an error: it is usually a rejection or the 404 of a router, which show
/// no flash value.
///
/// ```
/// use http::Response;
/// use salon_session::tower::response_facts;
///
/// let response = Response::builder().header("content-type", "text/html; charset=utf-8").body(()).unwrap();
/// assert!(response_facts(&response).is_html);
/// ```
#[must_use]
pub fn response_facts<B>(response: &Response<B>) -> ResponseFacts {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    ResponseFacts {
        status: response.status().as_u16(),
        is_html: content_type.is_some_and(|kind| kind.starts_with("text/html")),
        is_error: response.status().is_client_error(),
    }
}

const COOKIE: HeaderValue = HeaderValue::from_static("Cookie");

/// Writes the cookies, and keeps caches from serving one visitor's response to another.
///
/// The error of a verdict is not written: replace the response before.
pub fn apply_verdict(headers: &mut HeaderMap, verdict: &Verdict, settings: &CookieSettings) {
    let commands = [(&settings.session, &verdict.cookie), (&settings.form, &verdict.form_cookie)];
    for (cookie, command) in commands {
        let text = match command {
            Some(CookieCommand::Set { value, max_age }) => cookie.set(value, *max_age),
            Some(CookieCommand::Remove) => cookie.remove(),
            None => continue,
        };
        // The configuration allows only visible ASCII in a cookie's name and attributes, and the value is base64url.
        if let Ok(mut value) = HeaderValue::try_from(text) {
            value.set_sensitive(true);
            headers.append(header::SET_COOKIE, value);
        }
    }
    if verdict.cache_policy.must_not_be_stored {
        forbid_storing(headers);
    }
    if verdict.cache_policy.depends_on_visitor {
        forbid_sharing(headers);
    }
}

/// A response that depends on a session differs for every visitor. Calling this twice has no further effect.
pub fn forbid_sharing(headers: &mut HeaderMap) {
    if !headers.get_all(header::VARY).iter().any(|vary| vary == COOKIE) {
        headers.append(header::VARY, COOKIE);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
        return;
    }
    let said = directives(headers);
    if !said.iter().any(|directive| directive == "private" || directive == "no-store") {
        let kept = said.iter().filter(|directive| *directive != "public" && !directive.starts_with("s-maxage"));
        let private: Vec<&str> = std::iter::once("private").chain(kept.map(String::as_str)).collect();
        let private = HeaderValue::try_from(private.join(", ")).unwrap_or(HeaderValue::from_static("private"));
        headers.insert(header::CACHE_CONTROL, private);
    }
}

/// Returns the current directives of `Cache-Control`.
fn directives(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    let directives = values.flat_map(|value| value.split(',')).map(|directive| directive.trim().to_ascii_lowercase());
    directives.filter(|directive| !directive.is_empty()).collect()
}

/// A response that sets a cookie belongs to one visitor, whatever the handler says. And a response that was built
/// without the session is wrong as soon as the store is available again.
fn forbid_storing(headers: &mut HeaderMap) {
    let is_forbidden = directives(headers).iter().any(|directive| directive == "no-store");
    if !is_forbidden {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_13_what_was_made_of_a_session_is_never_shared() {
        for (said, sent) in [
            (None, "private"),
            (Some("public, max-age=60"), "private, max-age=60"),
            (Some("max-age=60, s-maxage=600"), "private, max-age=60"),
            (Some("private, max-age=60"), "private, max-age=60"),
            (Some("no-store"), "no-store"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(said));
            }
            forbid_sharing(&mut headers);
            forbid_sharing(&mut headers);
            assert_eq!(headers[header::CACHE_CONTROL], sent, "{said:?}");
            assert_eq!(headers.get_all(header::VARY).iter().count(), 1);
        }
    }
}
