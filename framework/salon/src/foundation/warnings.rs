//! What is probably wrong with the configuration of an app that is about to serve.

use crate::config::{AppConfig, ListenAddress, ServerConfig};

/// Returns what is probably wrong, and what to do about it. None of it keeps the app from starting: it may be intended.
pub(super) fn warnings(app: &AppConfig, server: &ServerConfig) -> Vec<&'static str> {
    let is_local = |address: &ListenAddress| match address {
        ListenAddress::Tcp(tcp) => tcp.ip().is_loopback(),
        ListenAddress::Unix(_) => true,
    };
    let is_local = match server.listen.as_slice() {
        [] => app.host.is_loopback(),
        addresses => addresses.iter().all(is_local),
    };
    let is_https = app.base_url().starts_with("https://");
    let mut warnings = Vec::new();
    if app.is_production() && !is_https && !is_local {
        warnings.push(
            "sessions travel without encryption: set APP_URL to the https address that visitors use, and put a proxy with TLS \
             before the app or set `tls_certificate`",
        );
    }
    if is_https && is_local && !server.has_tls() && app.trusted_proxies.is_empty() {
        warnings.push(
            "a proxy seems to stand before the app, so that all visitors have its address: name it in `trusted_proxies` of \
             config/app.toml",
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn warned(change: impl FnOnce(&mut AppConfig, &mut ServerConfig)) -> Vec<&'static str> {
        let (mut app, mut server) = (AppConfig::default(), ServerConfig::default());
        change(&mut app, &mut server);
        warnings(&app, &server).into_iter().map(|warning| warning.split(':').next().unwrap()).collect()
    }

    const UNENCRYPTED: &str = "sessions travel without encryption";
    const PROXIED: &str = "a proxy seems to stand before the app, so that all visitors have its address";

    #[test]
    fn an_app_on_the_network_without_https_is_warned() {
        let none: [&str; 0] = [];
        assert_eq!(warned(|app, _| app.host = "0.0.0.0".parse().unwrap()), [UNENCRYPTED]);
        assert_eq!(warned(|_, server| server.listen = vec!["10.0.0.7:80".parse().unwrap()]), [UNENCRYPTED]);
        assert_eq!(warned(|_, _| ()), none, "this machine alone");
        let on_network = |app: &mut AppConfig, url: &str, env| {
            (app.host, app.url, app.env) = ("0.0.0.0".parse().unwrap(), url.to_owned(), env);
        };
        assert_eq!(warned(|app, _| on_network(app, "https://shop.example", Environment::Production)), none);
        assert_eq!(warned(|app, _| on_network(app, "", Environment::Development)), none);
    }

    #[test]
    fn an_app_behind_a_proxy_that_it_does_not_know_is_warned() {
        let none: [&str; 0] = [];
        assert_eq!(warned(|app, _| app.url = "https://shop.example".into()), [PROXIED]);
        let on_socket = |app: &mut AppConfig, server: &mut ServerConfig| {
            app.url = "https://shop.example".into();
            server.listen = vec!["unix:/run/shop.sock".parse().unwrap()];
        };
        assert_eq!(warned(on_socket), [PROXIED]);
        let trusting = |app: &mut AppConfig, server: &mut ServerConfig| {
            on_socket(app, server);
            app.trusted_proxies = vec!["unix".parse().unwrap()];
        };
        assert_eq!(warned(trusting), none);
    }
}
