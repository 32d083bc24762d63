//! nginx, in front of apps.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    ops::Deref,
    time::Duration,
};

use rustix::process::{Signal, getuid};

use super::{Daemon, daemon::Launch, free_port, home::Home};

/// nginx as a reverse proxy. Each response says in `x-upstream` which apps were asked, and in `x-cache` whether it came from
/// the cache, if there is one.
#[derive(Debug)]
pub struct Nginx {
    daemon: Daemon,
    address: SocketAddr,
    _home: Home,
}

impl Nginx {
    /// Starts it in front of these apps, with these settings of the upstream (`keepalive 8;`) and of the server
    /// (`proxy_http_version 1.1;`), which may use the cache `pages`.
    #[must_use]
    pub fn before(apps: &[SocketAddr], upstream: &str, server: &str) -> Self {
        let (home, port) = (Home::new("nginx"), free_port());
        let servers: String = apps.iter().map(|app| format!("server {app};\n")).collect();
        let user = if getuid().is_root() { "user root;" } else { "" };
        let folder = home.path().display();
        let config = format!(
            "daemon off;\n\
             master_process off;\n\
             {user}\n\
             pid {folder}/pid;\n\
             error_log stderr info;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n\
             access_log off;\n\
             client_body_temp_path {folder}/body;\n\
             proxy_temp_path {folder}/proxy;\n\
             fastcgi_temp_path {folder}/fastcgi;\n\
             uwsgi_temp_path {folder}/uwsgi;\n\
             scgi_temp_path {folder}/scgi;\n\
             proxy_cache_path {folder}/cache keys_zone=pages:1m;\n\
             add_header x-upstream $upstream_addr always;\n\
             add_header x-cache $upstream_cache_status always;\n\
             upstream apps {{\n{servers}{upstream}\n}}\n\
             server {{\nlisten 127.0.0.1:{port};\nproxy_set_header Host $http_host;\n{server}\n\
             location / {{ proxy_pass http://apps; }}\n}}\n\
             }}\n"
        );
        let file = home.write("nginx.conf", &config);
        let launch = Launch {
            program: "nginx".to_owned(),
            arguments: ["-p", &folder.to_string(), "-e", "stderr", "-c", &file].map(str::to_owned).to_vec(),
            user: None,
            folder: home.path().to_owned(),
            stop: Signal::TERM,
            abandon: Signal::KILL,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let is_ready = move || match TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        Self { daemon: Daemon::start(launch, is_ready), address, _home: home }
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Deref for Nginx {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}
