//! Which site made a visitor's browser send a request, as far as the browser says so.

use http::{HeaderMap, header};

use crate::visit::Session;

/// What a check against forged requests demands of the sites that a request comes from.
///
/// Browsers say so in two headers that no page can forge: `Sec-Fetch-Site` (Fetch Metadata, W3C), over https and on the
/// developer's own machine, and `Origin` (RFC 6454) with everything but GET and HEAD. A request with neither does not come
/// from a browser of the last years, and must carry the session's token.
#[derive(Clone, Debug, Default)]
#[doc(hidden)]
pub struct OriginPolicy {
    trusted: Vec<String>,
    allows_same_site: bool,
    needs_no_token: bool,
}

/// What becomes of a request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum OriginCheck {
    /// The site itself has sent it, or one that it trusts.
    Accept,
    /// Another site has sent it.
    Refuse,
    /// Nobody says who has sent it: the session's token decides.
    AskForToken,
}

impl OriginPolicy {
    /// Trusts another origin, such as `https://pay.example`. Returns false if this is not an origin.
    pub fn trust(&mut self, origin: &str) -> bool {
        let normal = normal(origin);
        let is_origin = normal.is_some();
        self.trusted.extend(normal);
        is_origin
    }

    /// Trusts the other hosts of this site (`shop.example.org` for `example.org`).
    pub fn allow_same_site(&mut self) {
        self.allows_same_site = true;
    }

    /// Accepts what no browser has sent without a token.
    pub fn need_no_token(&mut self) {
        self.needs_no_token = true;
    }

    /// Decides about a request for this host, in this session. The host of the app's URL is its own as well: a proxy may have
    /// replaced the one that the visitor has asked for.
    #[must_use]
    pub fn check(&self, session: &Session, host: Option<&str>, headers: &HeaderMap) -> OriginCheck {
        let settings = &session.core().settings;
        self.decide([host, settings.host.as_deref()], settings.cookie.is_secure, headers)
    }

    fn decide(&self, hosts: [Option<&str>; 2], is_https: bool, headers: &HeaderMap) -> OriginCheck {
        let (Ok(origin), Ok(site)) = (single(headers, header::ORIGIN.as_str()), single(headers, "sec-fetch-site"))
        else {
            return OriginCheck::Refuse;
        };
        if origin.is_some_and(|origin| self.trusted.iter().any(|trusted| origin.eq_ignore_ascii_case(trusted))) {
            return OriginCheck::Accept;
        }
        let is_own = match (site, origin) {
            (Some("same-origin" | "none"), _) => true,
            (Some("same-site"), _) => self.allows_same_site,
            (Some(_), _) => false,
            (None, Some(origin)) => hosts.iter().flatten().any(|host| is_same_origin(origin, host, is_https)),
            (None, None) if self.needs_no_token => true,
            (None, None) => return OriginCheck::AskForToken,
        };
        if is_own { OriginCheck::Accept } else { OriginCheck::Refuse }
    }
}

/// Returns the value of a header. An error means that there are several, or that it is not text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// Returns an origin as browsers write it, or `None` if this is none: the scheme and the host in lower case, and the port
/// unless it is the default one of the scheme. A name in other letters than ASCII must be written as browsers send it
/// (`xn--…`).
fn normal(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/').to_ascii_lowercase();
    let (scheme, authority) = split(&text)?;
    let parsed: http::uri::Authority = authority.parse().ok()?;
    if parsed.host().is_empty() || authority.contains('@') {
        return None;
    }
    let port = if scheme == "https" { ":443" } else { ":80" };
    Some(format!("{scheme}://{}", authority.strip_suffix(port).unwrap_or(authority)))
}

/// Returns the scheme and the host with its port.
fn split(origin: &str) -> Option<(&str, &str)> {
    let (scheme, host) = origin.split_once("://")?;
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some((scheme, host))
}

/// True if an `Origin` is that of the host which a request was sent to. An https site is not the same as the http site of
/// the same name, which anybody in the network can imitate.
fn is_same_origin(origin: &str, host: &str, is_https: bool) -> bool {
    let Some((scheme, named)) = split(origin) else { return false };
    (!is_https || scheme.eq_ignore_ascii_case("https")) && is_same_host(scheme, named, host)
}

/// True if two hosts are the same to this scheme, with or without its default port.
#[doc(hidden)]
#[must_use]
pub fn is_same_host(scheme: &str, one: &str, other: &str) -> bool {
    let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let plain = |host: &str| host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use OriginCheck::{Accept, AskForToken, Refuse};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn decide(policy: &OriginPolicy, is_https: bool, pairs: &[(&'static str, &str)]) -> OriginCheck {
        policy.decide([Some("shop.example"), None], is_https, &headers(pairs))
    }

    #[test]
    fn sr_30_the_site_decides_then_the_origin_then_the_token() {
        let policy = OriginPolicy::default();
        let own = ("origin", "https://shop.example");
        let other = ("origin", "https://evil.example");
        for (pairs, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], Accept),
            (&[("sec-fetch-site", "none")], Accept),
            (&[("sec-fetch-site", "same-site")], Refuse),
            (&[("sec-fetch-site", "cross-site")], Refuse),
            (&[("sec-fetch-site", "something-new")], Refuse),
            (&[("sec-fetch-site", "cross-site"), own], Refuse),
            (&[("sec-fetch-site", "same-origin"), other], Accept),
            (&[own], Accept),
            (&[other], Refuse),
            (&[("origin", "null")], Refuse),
            (&[], AskForToken),
        ] {
            assert_eq!(decide(&policy, true, pairs), expected, "{pairs:?}");
        }
        let mut twice = headers(&[own]);
        twice.append(header::ORIGIN, "https://evil.example".parse().unwrap());
        assert_eq!(policy.decide([Some("shop.example"), None], true, &twice), Refuse);
    }

    #[test]
    fn sr_30_behind_a_proxy_that_replaces_the_host_the_app_s_url_counts() {
        let policy = OriginPolicy::default();
        let from = |origin| {
            policy.decide([Some("10.0.0.7:3000"), Some("shop.example")], true, &headers(&[("origin", origin)]))
        };
        assert_eq!(from("https://shop.example"), Accept);
        assert_eq!(from("http://shop.example"), Refuse);
        assert_eq!(from("https://evil.example"), Refuse);
    }

    #[test]
    fn sr_30_an_origin_is_scheme_host_and_port() {
        let policy = OriginPolicy::default();
        for (origin, on_https, on_http) in [
            ("https://shop.example", Accept, Accept),
            ("https://SHOP.example:443", Accept, Accept),
            ("http://shop.example", Refuse, Accept),
            ("http://shop.example:80", Refuse, Accept),
            ("https://shop.example:8443", Refuse, Refuse),
            ("https://shop.example.evil.example", Refuse, Refuse),
            ("https://evil.example/shop.example", Refuse, Refuse),
            ("https://shop.example@evil.example", Refuse, Refuse),
            ("ftp://shop.example", Refuse, Refuse),
            ("shop.example", Refuse, Refuse),
        ] {
            let pairs = [("origin", origin)];
            assert_eq!(
                (decide(&policy, true, &pairs), decide(&policy, false, &pairs)),
                (on_https, on_http),
                "{origin}"
            );
        }
    }

    #[test]
    fn sr_30_what_is_trusted_is_accepted_and_only_that() {
        let mut policy = OriginPolicy::default();
        assert!(policy.trust("https://Pay.example/"));
        for wrong in [
            "pay.example",
            "https://",
            "https://:8443",
            "https://pay.example ",
            "https://pay.example/path",
            "https://bücher.example",
            "https://user@pay.example",
            "*",
            "null",
        ] {
            assert!(!policy.trust(wrong), "{wrong}");
        }
        assert!(policy.trust("https://Mail.example:443") && policy.trust("https://[::1]:8443"));
        let from = |origin| [("origin", origin), ("sec-fetch-site", "cross-site")];
        assert_eq!(decide(&policy, true, &from("https://pay.example")), Accept);
        assert_eq!(decide(&policy, true, &from("https://mail.example")), Accept);
        assert_eq!(decide(&policy, true, &from("https://[::1]:8443")), Accept);
        assert_eq!(decide(&policy, true, &from("https://pay.example.evil.example")), Refuse);
        assert_eq!(decide(&policy, true, &[("sec-fetch-site", "same-site")]), Refuse);
        policy.allow_same_site();
        assert_eq!(decide(&policy, true, &[("sec-fetch-site", "same-site")]), Accept);
        assert_eq!(decide(&policy, true, &[]), AskForToken);
        policy.need_no_token();
        assert_eq!(decide(&policy, true, &[]), Accept);
        assert_eq!(decide(&policy, true, &[("sec-fetch-site", "cross-site")]), Refuse);
    }
}
