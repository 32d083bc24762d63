//! The section `server`: where the server listens, and its limits.

use salon_core::config::{Invalid, Section};
use serde::{Deserialize, Serialize};

use super::{AppConfig, ListenAddress, app::is_public};

/// Where the server listens, and its limits: `config/server.toml`, or the environment variables `SERVER_…`.
///
/// Without limits, a few hundred clients that send or read nothing would occupy every place. The defaults fit an app on the
/// open internet, and an app behind a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The addresses to listen on: IP addresses with ports, and `unix:` with the path of a Unix socket, which may be relative
    /// to the folder of the app. They replace `host` and `port` of the section `app`. Default none: only these two.
    pub listen: Vec<ListenAddress>,
    /// The path of a PEM file with the certificate of the app, followed by those of its issuers; it may be relative to the
    /// folder of the app. With it, the app speaks TLS on all addresses except Unix sockets, which needs the feature `tls`.
    /// Default "": none.
    pub tls_certificate: String,
    /// The path of a PEM file with the private key of the certificate. Default "": none.
    pub tls_key: String,
    /// The maximum number of open connections; 0 for as many as the descriptors of the process allow, at most 10 000.
    /// Default 0.
    pub connections: usize,
    /// The maximum number of open connections from one IPv4 address, or from one /64 network of IPv6; 0 for a quarter of
    /// `connections`. Set it to `connections` if every client comes through one proxy. Default 0.
    pub connections_per_address: usize,
    /// Seconds that a client may take to send the head of a request, from 1 to 3600. Default 15.
    pub header_timeout: u64,
    /// Seconds after which a connection without a request is closed, from 1 to 3600. Proxies usually close theirs after 60, and
    /// should be the first. Default 75.
    pub idle_timeout: u64,
    /// Seconds that the body of a request may take, and that a client may take to read a response, from 1 to 3600. Each
    /// `min_rate` bytes that arrive or are read give another second. Default 30.
    pub transfer_timeout: u64,
    /// Bytes per second that a client must send or read at least once `transfer_timeout` has passed, from 1. Default 500.
    pub min_rate: u64,
    /// Seconds that a handler may take until its response begins, from 1 to 86400. Afterwards the visitor gets a 503.
    /// Default 60.
    pub request_timeout: u64,
    /// How many requests that may change something are handled at the same time, from 1. They run to completion even if
    /// their clients disconnect. One address may have a quarter of them. Further ones get a 503. Default 4096.
    pub unsafe_requests: usize,
    /// Mebibytes of memory for request bodies of more than 16 KiB that are held as a whole, such as forms and JSON, from 4.
    /// One address may have a quarter of it. Further ones get a 503. Default 256.
    pub body_memory: usize,
    /// Seconds between a signal to stop and the end of listening, at most 3600. Meanwhile `/health/ready` answers 503, so that
    /// a load balancer sends its requests elsewhere before connections are refused. Default 0.
    pub shutdown_delay: u64,
    /// Seconds that requests in flight may take once a shutdown has begun, at most 3600. Default 30.
    pub shutdown_timeout: u64,
}

impl ServerConfig {
    /// Enters the first address of the list where the app keeps its own, so that its URL is built from it, with `https` if the
    /// app speaks TLS.
    pub(crate) fn apply_to(&self, app: &mut AppConfig) {
        let tcp = self.listen.iter().find_map(|address| match address {
            ListenAddress::Tcp(address) => Some(address),
            ListenAddress::Unix(_) => None,
        });
        if let Some(address) = tcp {
            (app.host, app.port) = (address.ip(), address.port());
        }
        if self.has_tls() && app.url.is_empty() {
            app.url = app.base_url().replacen("http:", "https:", 1);
        }
    }

    /// True if the app speaks TLS itself.
    pub(crate) const fn has_tls(&self) -> bool {
        !self.tls_certificate.is_empty()
    }

    /// Returns an error if strangers could reach an app that shows them code and data, or if visitors are sent to an address
    /// without TLS although the app speaks it.
    pub(crate) fn check(&self, app: &AppConfig) -> Result<(), Invalid> {
        let is_public = |address: &ListenAddress| matches!(address, ListenAddress::Tcp(tcp) if is_public(tcp.ip()));
        if app.debug && self.listen.iter().any(is_public) {
            let message = "must not contain a public address while `debug` is on, which would show code and data to \
                           everybody: set APP_DEBUG=false, or listen on 127.0.0.1";
            return Err(Invalid::new("listen", message));
        }
        if self.has_tls() && app.url.starts_with("http:") {
            let message = "must not be set while APP_URL begins with http: the app speaks TLS only, and cookies would not be \
                           restricted to https. Set APP_URL to the https address";
            return Err(Invalid::new("tls_certificate", message));
        }
        Ok(())
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            tls_certificate: String::new(),
            tls_key: String::new(),
            connections: 0,
            connections_per_address: 0,
            header_timeout: 15,
            idle_timeout: 75,
            transfer_timeout: 30,
            min_rate: 500,
            request_timeout: 60,
            unsafe_requests: 4096,
            body_memory: 256,
            shutdown_delay: 0,
            shutdown_timeout: 30,
        }
    }
}

impl Section for ServerConfig {
    const NAME: &'static str = "server";

    fn validate(&self) -> Result<(), Invalid> {
        for (key, seconds, most) in [
            ("header_timeout", self.header_timeout, 3_600),
            ("idle_timeout", self.idle_timeout, 3_600),
            ("transfer_timeout", self.transfer_timeout, 3_600),
            ("request_timeout", self.request_timeout, 86_400),
        ] {
            if !(1..=most).contains(&seconds) {
                return Err(Invalid::new(key, format!("must be from 1 to {most} seconds")));
            }
        }
        if self.tls_certificate.is_empty() != self.tls_key.is_empty() {
            let key = if self.tls_key.is_empty() { "tls_key" } else { "tls_certificate" };
            let message = "must be set as well: a certificate and its private key belong together";
            return Err(Invalid::new(key, message));
        }
        if self.min_rate == 0 {
            return Err(Invalid::new("min_rate", "must be at least 1 byte per second"));
        }
        if self.unsafe_requests == 0 {
            return Err(Invalid::new("unsafe_requests", "must be at least 1"));
        }
        if !(4..=1 << 20).contains(&self.body_memory) {
            return Err(Invalid::new("body_memory", "must be from 4 to 1048576 mebibytes"));
        }
        for (key, seconds) in [("shutdown_delay", self.shutdown_delay), ("shutdown_timeout", self.shutdown_timeout)] {
            if seconds > 3_600 {
                return Err(Invalid::new(key, "must be at most 3600 seconds (an hour)"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_documents_every_key_with_its_default() {
        salon_core::config::assert_documented::<ServerConfig>(std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../.."
        )));
    }

    #[test]
    fn sr_66_details_are_shown_on_no_public_address_of_the_list() {
        let app = |debug| AppConfig { debug, ..AppConfig::default() };
        let server = |listen: &str| ServerConfig { listen: vec![listen.parse().unwrap()], ..ServerConfig::default() };
        assert_eq!(server("203.0.113.7:80").check(&app(true)).unwrap_err().key, "listen");
        assert!(server("203.0.113.7:80").check(&app(false)).is_ok());
        assert!(server("127.0.0.1:80").check(&app(true)).is_ok());
        assert!(server("unix:/run/blog.sock").check(&app(true)).is_ok());
    }

    #[test]
    fn the_address_for_visitors_follows_from_where_the_app_listens() {
        let tls = |listen: &str| ServerConfig {
            listen: vec![listen.parse().unwrap()],
            tls_certificate: "chain.pem".into(),
            tls_key: "key.pem".into(),
            ..ServerConfig::default()
        };
        let address = |server: &ServerConfig, url: &str| -> Result<String, String> {
            let mut app = AppConfig { url: url.into(), ..AppConfig::default() };
            server.check(&app).map_err(|invalid| invalid.key)?;
            server.apply_to(&mut app);
            Ok(app.base_url())
        };
        let plain = ServerConfig { tls_certificate: String::new(), ..tls("10.0.0.7:8080") };
        assert_eq!(address(&plain, ""), Ok("http://10.0.0.7:8080".into()));
        assert_eq!(address(&tls("10.0.0.7:443"), ""), Ok("https://10.0.0.7:443".into()));
        assert_eq!(address(&tls("10.0.0.7:443"), "https://blog.example"), Ok("https://blog.example".into()));
        assert_eq!(address(&tls("10.0.0.7:443"), "http://blog.example"), Err("tls_certificate".into()));
        assert_eq!(address(&ServerConfig::default(), ""), Ok("http://127.0.0.1:3000".into()));
        assert_eq!(plain.validate().unwrap_err().key, "tls_certificate", "a key alone is a mistake");
    }

    #[test]
    fn a_limit_that_would_switch_itself_off_is_refused() {
        assert!(ServerConfig { idle_timeout: 0, ..ServerConfig::default() }.validate().is_err());
        assert!(ServerConfig { min_rate: 0, ..ServerConfig::default() }.validate().is_err());
        assert!(ServerConfig::default().validate().is_ok());
    }
}
