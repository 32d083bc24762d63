//! How a Redis server is reached.

use std::{net::SocketAddr, path::PathBuf, process::Command};

use super::Redis;

/// What a client has to know.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) port: u16,
    pub(crate) socket: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) authority: Option<PathBuf>,
}

impl Access {
    /// A `redis-cli` with all of these options.
    pub(crate) fn cli(&self) -> Command {
        let mut cli = Command::new("redis-cli");
        match &self.socket {
            Some(socket) => cli.args(["-s", socket]),
            None => cli.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]),
        };
        if let Some(password) = &self.password {
            cli.env("REDISCLI_AUTH", password);
        }
        if let Some(authority) = &self.authority {
            cli.arg("--tls").arg("--cacert").arg(authority);
        }
        cli
    }

    /// The URL of a server at this address.
    pub(crate) fn url(&self, address: SocketAddr) -> String {
        let password = self.password.as_deref();
        if let Some(socket) = &self.socket {
            return format!("redis+unix://{socket}{}", password.map(|it| format!("?pass={it}")).unwrap_or_default());
        }
        let scheme = if self.authority.is_some() { "rediss" } else { "redis" };
        format!("{scheme}://{}{address}", credentials(password))
    }
}

/// The URL of several servers that belong together.
pub(crate) fn url_of(kind: &str, servers: &[Redis], password: Option<&str>) -> String {
    let addresses: Vec<String> = servers.iter().map(|server| server.address().to_string()).collect();
    format!("redis+{kind}://{}{}", credentials(password), addresses.join(","))
}

fn credentials(password: Option<&str>) -> String {
    password.map(|password| format!(":{password}@")).unwrap_or_default()
}
