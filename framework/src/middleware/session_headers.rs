//! What a session adds to the head of an answer: its cookie, and what caches must know.

use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    http::{Error, cookie::append_cookie},
    session::{self, CookieChange, CookieSettings},
};

const COOKIE: HeaderValue = HeaderValue::from_static("Cookie");

/// Writes the cookie if it changes, and keeps caches from giving one visitor's answer to another.
pub(crate) fn write(
    headers: &mut HeaderMap,
    settings: &CookieSettings,
    change: Option<CookieChange>,
    was_read: bool,
) -> Result<(), Error> {
    let has_cookie = change.is_some();
    match change {
        Some(CookieChange::Set { id, max_age }) => {
            let mut cookie = cookie(settings, id.expose());
            cookie.set_max_age(max_age.map(|age| Duration::seconds(i64::try_from(age.as_secs()).unwrap_or(i64::MAX))));
            append_cookie(headers, &cookie)?;
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

/// An answer that was made of a session is another one for every visitor. Said twice, it is the same.
pub(crate) fn forbid_sharing(headers: &mut HeaderMap) {
    if !headers.get_all(header::VARY).iter().any(|vary| vary == COOKIE) {
        headers.append(header::VARY, COOKIE);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private"));
}

/// An answer that sets a cookie is nobody else's, whatever the handler said of it.
fn forbid_storing(headers: &mut HeaderMap) {
    let is_forbidden = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case("no-store")));
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
