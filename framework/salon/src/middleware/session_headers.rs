//! The headers that a session adds to a response: its cookie, and instructions for caches.

use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    http::{Error, cookie::append_cookie},
    session::{self, CookieChange, CookieSettings, Session},
};

const COOKIE: HeaderValue = HeaderValue::from_static("Cookie");

/// Writes the cookie if it has changed, and keeps caches from serving one visitor's response to another.
pub(crate) fn write(
    headers: &mut HeaderMap,
    settings: &CookieSettings,
    session: &Session,
    change: Option<CookieChange>,
    was_read: bool,
) -> Result<(), Error> {
    let has_cookie = change.is_some();
    match change {
        Some(CookieChange::Set { id, max_age }) => {
            if let Some(value) = session.cookie_value_of(&id)? {
                let mut cookie = cookie(settings, value);
                let max_age = max_age.map(|age| Duration::seconds(i64::try_from(age.as_secs()).unwrap_or(i64::MAX)));
                cookie.set_max_age(max_age);
                append_cookie(headers, &cookie)?;
            }
        }
        Some(CookieChange::Remove) => {
            let mut cookie = cookie(settings, String::new());
            cookie.make_removal();
            append_cookie(headers, &cookie)?;
        }
        None => {}
    }
    if has_cookie {
        forbid_storing(headers);
    }
    if was_read {
        forbid_sharing(headers);
    }
    Ok(())
}

/// A response that depends on a session differs for every visitor. Calling this twice has no further effect.
pub(crate) fn forbid_sharing(headers: &mut HeaderMap) {
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
pub(crate) fn forbid_storing(headers: &mut HeaderMap) {
    let is_forbidden = directives(headers).iter().any(|directive| directive == "no-store");
    if !is_forbidden {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn cookie(settings: &CookieSettings, value: String) -> Cookie<'_> {
    let same_site = match settings.same_site {
        session::SameSite::Strict => SameSite::Strict,
        session::SameSite::Lax => SameSite::Lax,
        session::SameSite::None => SameSite::None,
    };
    let mut cookie = Cookie::build((settings.name.as_str(), value))
        .path(settings.path.as_str())
        .secure(settings.secure)
        .http_only(settings.http_only)
        .partitioned(settings.partitioned)
        .same_site(same_site)
        .build();
    if let Some(domain) = &settings.domain {
        cookie.set_domain(domain.as_str());
    }
    cookie
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
