//! Which hosts the app answers for.

use std::net::IpAddr;

use http::Uri;

use crate::config::AppConfig;

/// Which hosts the app answers for.
///
/// A page of another site can reach an app on the developer's machine, or in the network of its visitor, under a name of its
/// own that it lets point there (DNS rebinding). To the browser both are one site then. And a response for a made-up host can
/// get into a shared cache.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// Names in lower case; one that begins with a dot stands for every name that ends with it. Empty for all hosts.
    trusted: Vec<String>,
    /// True if every IP address is accepted, too: no name points to it, so it cannot be another site's.
    accepts_addresses: bool,
}

impl Hosts {
    pub(crate) fn new(app: &AppConfig) -> Self {
        let is_local = app.debug || app.is_development();
        let own = app.url.parse::<Uri>().ok();
        let own = own.as_ref().and_then(Uri::host).map(str::to_ascii_lowercase);
        if own.is_none() && app.trusted_hosts.is_empty() && !is_local {
            return Self::default();
        }
        let named = app.trusted_hosts.iter().map(|host| host.strip_prefix('*').unwrap_or(host).to_ascii_lowercase());
        Self { trusted: own.into_iter().chain(named).collect(), accepts_addresses: is_local }
    }

    /// True if the app answers for every host.
    pub(crate) const fn are_all(&self) -> bool {
        self.trusted.is_empty() && !self.accepts_addresses
    }

    /// True if the app answers for this host, perhaps with a port.
    pub(crate) fn accept(&self, host: &str) -> bool {
        let name = without_port(host);
        let name = name.strip_suffix('.').unwrap_or(name);
        if self.are_all() || is_this_machine(name) || (self.accepts_addresses && address(name).is_some()) {
            return true;
        }
        self.trusted.iter().any(|trusted| {
            if trusted.starts_with('.') { has_end(name, trusted) } else { name.eq_ignore_ascii_case(trusted) }
        })
    }
}

/// Returns the name or the address of a host, without its port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}

/// Only a program on this machine can send it: no name can be made to point to the name.
fn is_this_machine(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || has_end(name, ".localhost")
        || address(name).is_some_and(|address| address.is_loopback())
}

/// True if a name ends like this, in letters of either case.
fn has_end(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    start.and_then(|start| name.get(start..)).is_some_and(|found| found.eq_ignore_ascii_case(end))
}

fn address(name: &str) -> Option<IpAddr> {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn accepts(env: Environment, url: &str, trusted: &[&str], host: &str) -> bool {
        let trusted_hosts = trusted.iter().map(ToString::to_string).collect();
        let app = AppConfig { env, url: url.to_owned(), trusted_hosts, ..AppConfig::default() };
        Hosts::new(&app).accept(host)
    }

    #[test]
    fn sr_39_an_app_with_a_url_answers_for_its_host_alone() {
        let accepts = |host| accepts(Environment::Production, "https://Shop.example", &[], host);
        for host in ["shop.example", "SHOP.example:443", "shop.example.", "127.0.0.1:3000", "[::1]:3000", "localhost"] {
            assert!(accepts(host), "{host}");
        }
        for host in ["evil.example", "shop.example.evil", "www.shop.example", "xshop.example", "10.0.0.7", "", ":80"] {
            assert!(!accepts(host), "{host}");
        }
    }

    #[test]
    fn further_hosts_are_named_or_all_below_a_name() {
        let accepts = |host| accepts(Environment::Production, "", &["*.shop.example", "old.example"], host);
        for host in ["a.shop.example", "a.b.shop.example:8080", "old.example"] {
            assert!(accepts(host), "{host}");
        }
        for host in ["shop.example", ".shop.example.evil", "a.old.example", "evilshop.example"] {
            assert!(!accepts(host), "{host}");
        }
    }

    #[test]
    fn sr_39_in_development_no_name_can_be_made_to_point_to_this_machine() {
        let accepts = |host| accepts(Environment::Development, "", &[], host);
        for host in ["localhost:3000", "blog.localhost", "127.0.0.1", "192.168.1.7:3000", "[fd00::7]"] {
            assert!(accepts(host), "{host}");
        }
        for host in ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example"] {
            assert!(!accepts(host), "{host}");
        }
    }

    #[test]
    fn an_app_that_does_not_know_its_url_answers_for_every_host() {
        assert!(accepts(Environment::Production, "", &[], "anything.example"));
    }
}
