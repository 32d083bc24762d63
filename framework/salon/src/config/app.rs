//! The section `app`: the app's name and the address that it listens on.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use salon_core::config::{Invalid, Secret, Section};

use super::{ProxyHeaders, TrustedProxy};

/// The environment that the app runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Environment {
    /// For visitors. This is the default, so that an unconfigured app reveals nothing.
    #[default]
    Production,
    /// For developers: changed templates take effect at once, and error pages may show details.
    Development,
    /// For tests.
    Testing,
}

/// `config/app.toml`, `APP_…`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppConfig {
    /// The app's name, as shown to visitors. Default "Salon".
    pub name: String,
    /// The environment. Default production.
    pub env: Environment,
    /// True if error pages show details, with code and data, to clients on this machine. Release builds show none. Default
    /// false; not allowed in production, nor on a public address.
    pub debug: bool,
    /// The address to listen on. Default 127.0.0.1. `listen` of the section `server` overrides it.
    pub host: IpAddr,
    /// The port to listen on; 0 chooses any free port. Default 3000. `listen` of the section `server` overrides it.
    pub port: u16,
    /// The URL that visitors use. Default "": built from host and port, see [`AppConfig::base_url`].
    pub url: String,
    /// The hosts, besides that of `url`, that visitors may ask for: names, or `*.example.org` for all below one. With none, and
    /// without `url`, the app answers for every host, in development for this machine and for IP addresses. Default none.
    pub trusted_hosts: Vec<String>,
    /// The proxies in front of the app, which say who their clients are. Default none: the client is whoever connects.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The headers in which the trusted proxies say so. Default `x-forwarded`.
    pub proxy_headers: ProxyHeaders,
    /// The encryption key, as `cargo run -- key:generate` writes it. Default "": none.
    pub key: Secret,
    /// Earlier keys, newest first: they still open what they sealed. Default none.
    pub previous_keys: Vec<Secret>,
}

impl AppConfig {
    /// Returns the URL of the app without a trailing slash: `url`, or else one built from host and port.
    ///
    /// ```
    /// use salon::config::AppConfig;
    ///
    /// assert_eq!(AppConfig::default().base_url(), "http://127.0.0.1:3000");
    /// ```
    #[must_use]
    pub fn base_url(&self) -> String {
        if !self.url.is_empty() {
            return self.url.trim_end_matches('/').to_owned();
        }
        // If the app listens on every address, it can be reached at the loopback address of this machine.
        let host = if self.host.is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { self.host };
        format!("http://{}", SocketAddr::new(host, self.port))
    }

    /// True if the app runs for a developer, who changes templates and reads error pages.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.env == Environment::Development
    }

    /// True if the app runs for visitors.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.env == Environment::Production
    }
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            name: "Salon".to_owned(),
            env: Environment::default(),
            debug: false,
            host: IpAddr::from([127, 0, 0, 1]),
            port: 3000,
            url: String::new(),
            trusted_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            proxy_headers: ProxyHeaders::default(),
            key: Secret::default(),
            previous_keys: Vec::new(),
        }
    }
}

impl Section for AppConfig {
    const NAME: &'static str = "app";
    const SECRETS: &'static [&'static str] = &["key", "previous_keys"];

    fn validate(&self) -> Result<(), Invalid> {
        if self.name.trim().is_empty() {
            return Err(Invalid::new("name", "must not be blank"));
        }
        if self.debug && self.is_production() {
            let message = "must be off in production, where it would show code and data to visitors: \
                           set APP_DEBUG=false, or APP_ENV=development";
            return Err(Invalid::new("debug", message));
        }
        if self.debug && is_public(self.host) {
            let message = "must be off while the app listens on a public address, where it would show code and data to \
                           everybody: set APP_DEBUG=false, or APP_HOST=127.0.0.1";
            return Err(Invalid::new("debug", message));
        }
        let is_address = |url: &http::Uri| {
            matches!(url.scheme_str(), Some("http" | "https"))
                && url.host().is_some_and(|host| !host.is_empty())
                && url.query().is_none()
        };
        if !self.url.is_empty() && !self.url.parse().is_ok_and(|url| is_address(&url)) {
            return Err(Invalid::new("url", "must be an address such as https://example.org, or empty"));
        }
        if let Some(host) = self.trusted_hosts.iter().find(|host| !is_host(host)) {
            let message =
                format!("contains `{host}`: write the names of hosts, such as www.example.org or *.example.org");
            return Err(Invalid::new("trusted_hosts", message));
        }
        Ok(())
    }
}

/// True if this is the name of a host, or stands for all names below one.
fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.:[]".contains(letter);
    let has_port = !name.ends_with(']') && name.contains(':');
    !name.is_empty() && !name.starts_with('.') && !has_port && name.chars().all(is_part)
}

/// True if the whole internet can reach this address, as far as the address alone can tell.
pub(super) const fn is_public(address: IpAddr) -> bool {
    let is_local = match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    !is_local && !address.is_loopback() && !address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut AppConfig)) -> Option<String> {
        let mut app = AppConfig::default();
        change(&mut app);
        app.validate().err().map(|invalid| invalid.key)
    }

    #[test]
    fn sr_66_details_are_shown_on_no_public_address() {
        let debug_on = |host: &str| {
            refused(|app| (app.env, app.debug, app.host) = (Environment::Development, true, host.parse().unwrap()))
        };
        for host in ["127.0.0.1", "::1", "0.0.0.0", "192.168.1.2", "10.0.0.1", "fd00::1"] {
            assert_eq!(debug_on(host), None, "{host}");
        }
        for host in ["203.0.113.7", "2001:db8::1"] {
            assert_eq!(debug_on(host), Some("debug".into()), "{host}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|app| app.name = " ".into()), Some("name".into()));
        assert_eq!(refused(|app| app.debug = true), Some("debug".into()));
        for url in ["example.org", "ftp://example.org", "https://", "https://example.org/?a=1", "no url"] {
            assert_eq!(refused(|app| app.url = url.into()), Some("url".into()), "{url}");
        }
        assert_eq!(refused(|app| app.url = "https://example.org/blog/".into()), None);
        for host in ["https://example.org", "example.org:80", "*", "*example.org", "", "a b"] {
            assert_eq!(refused(|app| app.trusted_hosts = vec![host.into()]), Some("trusted_hosts".into()), "{host}");
        }
        assert_eq!(refused(|app| app.trusted_hosts = vec!["*.example.org".into(), "[::1]".into()]), None);
    }

    #[test]
    fn the_base_url_can_be_opened_in_a_browser() {
        let base = |host: &str, url: &str| {
            AppConfig { host: host.parse().unwrap(), url: url.into(), ..AppConfig::default() }.base_url()
        };
        assert_eq!(base("10.0.0.7", ""), "http://10.0.0.7:3000");
        assert_eq!(base("::1", ""), "http://[::1]:3000");
        assert_eq!(base("0.0.0.0", ""), "http://127.0.0.1:3000");
        assert_eq!(base("::", ""), "http://127.0.0.1:3000");
        assert_eq!(base("0.0.0.0", "https://example.org/"), "https://example.org");
    }

    #[test]
    fn its_debug_output_holds_no_key() {
        let app = AppConfig { key: "k-one".into(), previous_keys: vec!["k-two".into()], ..AppConfig::default() };
        let shown = format!("{app:?}");
        assert!(!shown.contains("k-one") && !shown.contains("k-two"), "{shown}");
    }

    #[test]
    fn its_file_documents_every_key() {
        salon_core::config::assert_documented::<AppConfig>(std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../.."
        )));
    }
}
