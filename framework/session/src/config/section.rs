//! The section `session`.

use std::{num::NonZeroU32, time::Duration};

use salon_core::config::{Invalid, Section};
use serde::{Deserialize, Serialize};

use crate::config::{
    access::Concurrency,
    binding::{Binding, Bindings},
    lifetime::{Lifetime, Lifetimes},
    minutes::Minutes,
    settings::{Cookie, CookieSettings, OnStoreError, SameSite, Settings},
};

/// Whether the cookie is sent over https only: `secure` in `config/session.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secure {
    /// If the address of the app (`APP_URL`) is https. The default.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: for plain http in a closed network.
    Never,
}

/// The section `session`: `config/session.toml`, or the environment variables `SESSION_…`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionConfig {
    /// Where sessions are kept: "file", "database", "redis", "memcached", "cookie", "memory" (alias "array"; in one
    /// process, lost when it ends), "null" (nowhere), or the name of a driver of your own, registered with `extend`.
    /// Default "file".
    pub driver: String,
    /// The driver that sessions were kept with before: a session that `driver` does not have is looked up there, and
    /// moved when it is first used. Empty for none. Default "".
    pub fallback: String,
    /// Minutes after which a session expires without a request; 0.5 is half a minute. Default 120.
    pub lifetime: Minutes,
    /// Minutes after which a session in which nobody is logged in expires without a request; 0 for `lifetime`. Default 0.
    pub guest_lifetime: Minutes,
    /// Minutes after which a session expires however active it is; 0 for no limit. Default 0.
    pub absolute_lifetime: Minutes,
    /// Whether the browser forgets the session when it closes. Default false.
    pub expire_on_close: bool,
    /// Seconds between two writes of a session that is only read; 0 writes on every request. At most half of `lifetime`
    /// is used, even if this is larger. Default 300.
    pub touch_interval: u64,
    /// What happens when several requests use one session at the same time: "merge" (they run in parallel, and no
    /// change is lost) or "block" (one at a time). Default "merge".
    pub concurrency: Concurrency,
    /// Seconds for which a blocking request may hold a session exclusively; later changes of that request are not
    /// saved. From 1 to 3600. Default 60.
    pub lock_lease: u64,
    /// Seconds that a request waits for a session which another request holds, before it fails with a 503. From 0 to
    /// 3600. Default 10.
    pub lock_wait: u64,
    /// How to answer a request that carries a session cookie while the store is down: "fail" (503 with `Retry-After`)
    /// or "anonymous" (pages without a session; a request that writes to the session gets a 503). Default "fail".
    pub on_store_error: OnStoreError,
    /// Whether the contents of sessions are encrypted with `APP_KEY`. Turning this on ends all existing sessions.
    /// Default false.
    pub encrypt: bool,
    /// The folder of the file driver, relative to the app's folder. Default "storage/framework/sessions".
    pub files: String,
    /// Whether the file driver, and the driver "database" on SQLite, flush each save to the disk so that it survives a
    /// power cut. Default false.
    pub durable: bool,
    /// The connection of `config/database.toml` that sessions use. If empty, "database" uses the `default` of that
    /// file, and "redis" and "memcached" use the connection with the name of the driver. Default "".
    pub connection: String,
    /// The table of the driver "database". Default "sessions".
    pub table: String,
    /// The prefix of all keys in Redis and memcached, at most 100 characters. If empty: the app's name and ":session:".
    /// Two apps on one server need different prefixes. Default "".
    pub prefix: String,
    /// How many Redis replicas must have a save before it succeeds. Default 0.
    pub wait_replicas: u32,
    /// The driver that records for the cookie driver which sessions were ended early, and whose. Empty for none.
    /// Default "".
    pub revocations: String,
    /// Minutes between two removals of expired sessions; 0 for none. Default 30.
    pub gc_interval: Minutes,
    /// One request in this many starts a removal of expired sessions in the background; 0 for none. Use it for
    /// processes that do not live long enough for `gc_interval`. Default 0.
    pub lottery: u32,
    /// The cookie's name. Over https it gets the prefix `__Host-`, or `__Secure-` with a path or domain. Default
    /// "session".
    pub cookie: String,
    /// The path that the cookie is sent for. Default "/".
    pub path: String,
    /// The domain that the cookie is sent to, including its subdomains. Empty for this host alone. Default "".
    pub domain: String,
    /// Whether the cookie is sent over https only: "auto" (if `APP_URL` is https), "always" or "never". Default "auto".
    pub secure: Secure,
    /// Whether the cookie is hidden from scripts in the page. Default true.
    pub http_only: bool,
    /// Whether the cookie is sent with requests that another site caused: "strict" (never), "lax" (if a link was
    /// followed) or "none" (always; over https only). Default "lax".
    pub same_site: SameSite,
    /// Whether browsers keep a separate cookie for each site that embeds the app (CHIPS; over https only). Default
    /// false.
    pub partitioned: bool,
    /// What happens when a login is used from another network (/24 for IPv4, /56 for IPv6) than the one it was made
    /// from: "off", "log" or "enforce". Default "off".
    pub match_ip: Binding,
    /// What happens when a login is used with another browser (ignoring its version) than the one it was made with:
    /// "off", "log" or "enforce". Default "off".
    pub match_user_agent: Binding,
    /// Minutes after which a session gets a new id; 0 for never. Default 0.
    pub regenerate_every: Minutes,
    /// Seconds for which the old id still forwards to the session after `regenerate`. Default 30.
    pub regenerate_grace: u64,
    /// The maximum size of a session in bytes, from 1024 to 33554432 (32 MiB). Default 1048576 (1 MiB). A session may
    /// also have at most 1024 keys, and no value that is nested deeper than 64 lists and objects.
    pub max_bytes: usize,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            driver: "file".to_owned(),
            fallback: String::new(),
            lifetime: Minutes(120.0),
            guest_lifetime: Minutes(0.0),
            absolute_lifetime: Minutes(0.0),
            expire_on_close: false,
            touch_interval: 300,
            concurrency: Concurrency::Merge,
            lock_lease: 60,
            lock_wait: 10,
            on_store_error: OnStoreError::Fail,
            encrypt: false,
            files: "storage/framework/sessions".to_owned(),
            durable: false,
            connection: String::new(),
            table: "sessions".to_owned(),
            prefix: String::new(),
            wait_replicas: 0,
            revocations: String::new(),
            gc_interval: Minutes(30.0),
            lottery: 0,
            cookie: "session".to_owned(),
            path: "/".to_owned(),
            domain: String::new(),
            secure: Secure::Auto,
            http_only: true,
            same_site: SameSite::Lax,
            partitioned: false,
            match_ip: Binding::Off,
            match_user_agent: Binding::Off,
            regenerate_every: Minutes(0.0),
            regenerate_grace: 30,
            max_bytes: 1 << 20,
        }
    }
}

impl Section for SessionConfig {
    const NAME: &'static str = "session";

    fn validate(&self) -> Result<(), Invalid> {
        let Self { driver, fallback, lifetime, table, prefix, cookie, path, domain, .. } = self;
        ensure(!driver.is_empty(), "driver", "must name a driver, such as \"file\"")?;
        ensure(
            lifetime.is_valid() && !lifetime.is_zero(),
            "lifetime",
            "must be a number of minutes, greater than 0 and at most a century",
        )?;
        for (key, minutes) in [
            ("guest_lifetime", self.guest_lifetime),
            ("absolute_lifetime", self.absolute_lifetime),
            ("gc_interval", self.gc_interval),
            ("regenerate_every", self.regenerate_every),
        ] {
            ensure(minutes.is_valid(), key, "must be a number of minutes, from 0 to a century")?;
        }
        ensure(
            self.guest_lifetime <= *lifetime,
            "guest_lifetime",
            "must not be longer than `lifetime`; 0 means the same",
        )?;
        ensure(
            self.absolute_lifetime.is_zero() || self.absolute_lifetime >= *lifetime,
            "absolute_lifetime",
            "must not be shorter than `lifetime`; 0 means no limit",
        )?;
        ensure((1..=3_600).contains(&self.lock_lease), "lock_lease", "must be from 1 to 3600 seconds (an hour)")?;
        ensure(self.lock_wait <= 3_600, "lock_wait", "must be from 0 to 3600 seconds (an hour)")?;
        ensure(fallback != driver, "fallback", "must differ from `driver`, or be empty")?;
        let has_none = |driver: &str| ["cookie", "null"].contains(&driver);
        ensure(
            fallback.is_empty() || !has_none(driver) && !has_none(fallback),
            "fallback",
            "must be empty: only sessions on the server can be moved",
        )?;
        ensure(
            !has_none(&self.revocations),
            "revocations",
            "must be a driver that keeps sessions on the server, or empty",
        )?;
        // An identifier in every dialect without quotes: a table cannot be a parameter, only part of the text of a
        // statement.
        let begins_well = table.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
        ensure(
            begins_well && table.len() <= 48 && table.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            "table",
            "must have at most 48 letters, digits and `_`, and must not begin with a digit",
        )?;
        ensure(
            prefix.len() <= 100 && prefix.bytes().all(|byte| byte.is_ascii_graphic() && !b"{}".contains(&byte)),
            "prefix",
            "must have at most 100 characters, without spaces, `{` and `}`",
        )?;
        // Other characters are allowed in a cookie's name, but are escaped, and the browser would send another name
        // back.
        ensure(
            !cookie.is_empty() && cookie.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
            "cookie",
            "must consist of letters, digits, `-`, `_` and `.`",
        )?;
        ensure(
            !cookie.starts_with("__"),
            "cookie",
            "must not begin with `__`: the prefix `__Host-` or `__Secure-` is added where browsers accept it",
        )?;
        let is_safe = |byte: u8| byte.is_ascii_graphic() && byte != b';' && byte != b',';
        ensure(path.starts_with('/') && path.bytes().all(is_safe), "path", "must be a path that begins with `/`")?;
        ensure(
            domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-'),
            "domain",
            "must be a domain such as example.org, or empty",
        )?;
        ensure((1024..=32 << 20).contains(&self.max_bytes), "max_bytes", "must be between 1024 and 33554432")?;
        let may_be_secure = self.secure != Secure::Never;
        ensure(
            may_be_secure || self.same_site != SameSite::None,
            "same_site",
            "must not be \"none\" while `secure` is \"never\": browsers reject such a cookie",
        )?;
        ensure(
            may_be_secure || !self.partitioned,
            "partitioned",
            "must be false while `secure` is \"never\": browsers reject such a cookie",
        )
    }
}

/// True if browsers accept a cookie for this domain from a page at this address (RFC 6265bis, section 5.7): its host is the
/// domain, or ends with it. A domain of one label, such as `com`, is shared by strangers. Others that are, such as `co.uk`,
/// are only known to browsers.
fn is_in_domain(base_url: &str, domain: &str) -> bool {
    let host = authority(base_url);
    let host = host.rsplit_once(':').map_or(host, |(host, _port)| host);
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let is_below = host.strip_suffix(&domain).is_some_and(|front| front.is_empty() || front.ends_with('.'));
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    // Outside of Salon the address is not known.
    (host.is_empty() || is_below) && !is_address && (domain.contains('.') || domain == "localhost")
}

/// Returns the host of an address, with its port.
fn authority(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn ensure(holds: bool, key: &'static str, rule: &str) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(key, rule)) }
}

impl SessionConfig {
    /// Returns the name in `connection`, unless it is empty.
    #[doc(hidden)]
    #[must_use]
    pub fn named_connection(&self) -> Option<&str> {
        Some(self.connection.as_str()).filter(|name| !name.is_empty())
    }

    /// Returns the prefix of keys for the app of this name, if `prefix` is empty.
    pub(crate) fn prefix_of(app: &str) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
        app.chars().take(80).map(plain).collect::<String>() + ":session:"
    }

    /// Returns the attributes of a cookie, as they follow its value (RFC 6265bis, section 4.1).
    fn cookie_attributes(&self, secure: bool, path: &str, domain: &str) -> String {
        let mut attributes = String::new();
        if self.http_only {
            attributes.push_str("; HttpOnly");
        }
        attributes.extend(["; SameSite=", self.same_site.as_str()]);
        if self.partitioned {
            attributes.push_str("; Partitioned");
        }
        if secure {
            attributes.push_str("; Secure");
        }
        attributes.extend(["; Path=", path]);
        if !domain.is_empty() {
            attributes.extend(["; Domain=", domain]);
        }
        attributes
    }

    /// Returns the settings for an app that visitors reach at this address.
    ///
    /// # Errors
    /// Returns an error if the address and the attributes of the cookie contradict each other.
    pub(crate) fn settings(&self, base_url: &str) -> Result<Settings, Invalid> {
        let secure = match self.secure {
            Secure::Auto => base_url.starts_with("https://"),
            Secure::Always => true,
            Secure::Never => false,
        };
        if !secure && (self.same_site == SameSite::None || self.partitioned) {
            let key = if self.partitioned { "partitioned" } else { "same_site" };
            return Err(Invalid::new(
                key,
                "needs a secure cookie: set APP_URL to the https address, or `secure = \"always\"`",
            ));
        }
        ensure(
            self.domain.is_empty() || is_in_domain(base_url, self.domain.trim_start_matches('.')),
            "domain",
            "must be the host of the app's address (`APP_URL`), or a domain above it that is not a whole top-level domain: \
             browsers reject such a cookie",
        )?;
        let prefix = match (secure, self.path.as_str(), self.domain.as_str()) {
            (true, "/", "") => "__Host-",
            (true, ..) => "__Secure-",
            (false, ..) => "",
        };
        let regenerate_every = self.regenerate_every.as_duration();
        let absolute = self.absolute_lifetime.as_duration();
        let lifetime = |idle: Duration| Lifetime {
            idle,
            absolute: (!absolute.is_zero()).then_some(absolute),
            // However short the lifetime is, a session in use must be extended before it expires.
            touch_interval: Duration::from_secs(self.touch_interval).min(idle / 2),
        };
        let guest_lifetime = if self.guest_lifetime.is_zero() { self.lifetime } else { self.guest_lifetime };
        Ok(Settings {
            lifetimes: Lifetimes {
                guest: lifetime(guest_lifetime.as_duration()),
                user: lifetime(self.lifetime.as_duration()),
            },
            regenerate_grace: Duration::from_secs(self.regenerate_grace),
            regenerate_every: (!regenerate_every.is_zero()).then_some(regenerate_every),
            concurrency: self.concurrency,
            lock_lease: Duration::from_secs(self.lock_lease),
            lock_wait: Duration::from_secs(self.lock_wait),
            on_store_error: self.on_store_error,
            bindings: Bindings { address: self.match_ip, agent: self.match_user_agent },
            lottery: NonZeroU32::new(self.lottery),
            max_bytes: self.max_bytes,
            cookie: CookieSettings {
                session: Cookie {
                    name: format!("{prefix}{}", self.cookie),
                    attributes: self.cookie_attributes(secure, &self.path, &self.domain),
                },
                form: Cookie {
                    name: format!("{}{}_form", if secure { "__Host-" } else { "" }, self.cookie),
                    attributes: self.cookie_attributes(secure, "/", ""),
                },
                is_secure: secure,
                expire_on_close: self.expire_on_close,
            },
            host: Some(authority(base_url).to_owned()).filter(|host| !host.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_10_a_domain_that_browsers_reject_is_refused() {
        let is_accepted = |url: &str, domain: &str| {
            SessionConfig { domain: domain.to_owned(), ..SessionConfig::default() }.settings(url).is_ok()
        };
        for (url, domain) in [
            ("https://example.org", "example.org"),
            ("https://shop.example.org:8443/path", "Example.org"),
            ("https://shop.example.org", ".example.org"),
            ("http://localhost:3000", "localhost"),
            ("https://", "example.org"),
            ("http://127.0.0.1:3000", ""),
        ] {
            assert!(is_accepted(url, domain), "{domain} on {url}");
        }
        for (url, domain) in [
            ("https://example.org", "other.org"),
            ("https://example.org", "shop.example.org"),
            ("https://badexample.org", "example.org"),
            ("https://example.org", "org"),
            ("https://", "org"),
            ("http://127.0.0.1:3000", "127.0.0.1"),
            ("http://127.0.0.1:3000", "example.org"),
        ] {
            assert!(!is_accepted(url, domain), "{domain} on {url}");
        }
    }

    #[test]
    fn the_documented_file_has_every_key_with_its_default() {
        salon_core::config::assert_documented::<SessionConfig>(std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../.."
        )));
    }

    #[test]
    fn an_empty_driver_is_reported_as_such_and_not_as_a_wrong_fallback() {
        let empty = SessionConfig { driver: String::new(), ..SessionConfig::default() };
        assert_eq!(empty.validate().unwrap_err(), Invalid::new("driver", "must name a driver, such as \"file\""));
    }

    #[test]
    fn sr_10_a_cookie_gets_the_strongest_prefix_that_it_earns() {
        let name = |config: SessionConfig, url: &str| config.settings(url).unwrap().cookie.session.name;
        let plain = SessionConfig::default;
        assert_eq!(name(plain(), "http://127.0.0.1:3000"), "session");
        assert_eq!(name(plain(), "https://example.org"), "__Host-session");
        assert_eq!(
            name(SessionConfig { domain: "example.org".into(), ..plain() }, "https://example.org"),
            "__Secure-session"
        );
        assert_eq!(name(SessionConfig { path: "/app".into(), ..plain() }, "https://example.org"), "__Secure-session");
    }

    #[test]
    fn sr_10_impossible_combinations_are_refused() {
        let none = SessionConfig { same_site: SameSite::None, ..SessionConfig::default() };
        assert!(none.settings("http://127.0.0.1:3000").is_err());
        assert!(none.settings("https://example.org").is_ok());
        assert!(SessionConfig { secure: Secure::Never, ..none }.validate().is_err());
        assert!(SessionConfig { cookie: "__Host-x".into(), ..SessionConfig::default() }.validate().is_err());
        for name in ["a;b", "a|b", "a%b", ""] {
            assert!(SessionConfig { cookie: name.into(), ..SessionConfig::default() }.validate().is_err(), "{name}");
        }
        for seconds in [3_601, u64::MAX] {
            assert!(SessionConfig { lock_wait: seconds, ..SessionConfig::default() }.validate().is_err());
            assert!(SessionConfig { lock_lease: seconds, ..SessionConfig::default() }.validate().is_err());
        }
        assert!(SessionConfig { lifetime: Minutes(0.0), ..SessionConfig::default() }.validate().is_err());
        assert!(
            SessionConfig { lifetime: Minutes(60.0), absolute_lifetime: Minutes(30.0), ..SessionConfig::default() }
                .validate()
                .is_err()
        );
    }
}
