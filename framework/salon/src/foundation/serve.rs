//! Serves requests, from the first connection to the graceful shutdown.

use std::{future::Future, net::SocketAddr, path::Path, time::Duration};

use sd_notify::NotifyState;
use tokio::{sync::oneshot, time::sleep};

use super::{Application, warnings::warnings};
use crate::{
    config::{ListenAddress, ServerConfig},
    http::{Listener, Server, ServerError, ServerOptions, Shutdown},
};

impl Application {
    /// Listens on the configured addresses, with the limits of `config/server.toml`.
    ///
    /// # Errors
    /// Returns an error if a port is in use or not permitted, if a Unix socket cannot be created, or if the certificate cannot
    /// be used. The error says what to do.
    pub async fn listen(&self) -> Result<Server, ServerError> {
        let configured = self.get::<ServerConfig>().map(|config| config.listen.clone()).unwrap_or_default();
        let Some((first, others)) = configured.split_first() else {
            return self.listen_on(Listener::tcp(SocketAddr::from((self.config().host, self.config().port))).await?);
        };
        let mut server = self.listen_on(bind(first, self.root()).await?)?;
        for address in others {
            server = server.also(bind(address, self.root()).await?)?;
        }
        Ok(server)
    }

    /// Accepts connections from this listener instead of the configured addresses, with the limits and the certificate of
    /// `config/server.toml`. Others can be added to the server.
    ///
    /// ```
    /// # salon::doc_support::block_on(async {
    /// # let app = salon::doc_support::app(|_| {}).boot().await.unwrap();
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// let server = app.listen_on(listener).unwrap();
    /// assert!(server.to_string().starts_with("http://127.0.0.1:"));
    /// # });
    /// ```
    ///
    /// # Errors
    /// Returns an error if the listener or the certificate cannot be used.
    pub fn listen_on<L>(&self, listener: L) -> Result<Server, ServerError>
    where
        L: TryInto<Listener, Error: Into<ServerError>>,
    {
        let server = Server::from_listener(listener)?.proxies(self.proxies());
        match self.get::<ServerConfig>() {
            Some(config) => with_tls(server.options(options(&config)), &config, self.root()),
            None => Ok(server),
        }
    }

    /// Serves requests until `shutdown` completes, and for `shutdown_delay` more. Then requests in flight finish, and
    /// drivers and databases are closed. Meanwhile, expired sessions are removed regularly.
    ///
    /// If systemd has asked for it (`Type=notify` in the unit), it is notified when the app is ready and when it stops.
    ///
    /// # Errors
    /// Returns an error if a session driver could not write its pending data.
    pub async fn serve(&self, server: Server, shutdown: impl Future<Output = ()>) -> crate::session::Result<()> {
        // Dropping the sender stops the collector.
        let (stop, stopped) = oneshot::channel::<()>();
        let collector = self.sessions().map(|sessions| {
            tokio::spawn(async move {
                if let Err(error) = sessions.collect_regularly(async { drop(stopped.await) }).await {
                    tracing::error!(%error, "cannot remove expired sessions");
                }
            })
        });
        let application = self.clone();
        let answer = move |request, peer| {
            let application = application.clone();
            async move { application.answer(request, peer).await }
        };
        for warning in self.get::<ServerConfig>().map(|config| warnings(self.config(), &config)).unwrap_or_default() {
            tracing::warn!("{warning}");
        }
        notify(NotifyState::Ready);
        let shutdown = self.shut_down_after(shutdown);
        server.serve(answer, shutdown).await;
        drop(stop);
        if let Some(collector) = collector
            && let Err(error) = collector.await
        {
            tracing::error!(%error, "the collector of expired sessions stopped with an error");
        }
        let closed = match self.sessions() {
            Some(sessions) => sessions.close().await,
            None => Ok(()),
        };
        #[cfg(feature = "_sql")]
        if let Some(databases) = self.get::<crate::database::DatabaseManager>() {
            databases.close().await;
        }
        closed
    }

    /// Completes when the server must stop accepting connections, after everybody who wants to know was notified.
    async fn shut_down_after(&self, signal: impl Future<Output = ()>) {
        signal.await;
        notify(NotifyState::Stopping);
        let shutdown = self.get::<Shutdown>().unwrap_or_default();
        shutdown.announce();
        let delay = self.get::<ServerConfig>().map_or(0, |config| config.shutdown_delay);
        if delay > 0 {
            tracing::info!(seconds = delay, "stopping: requests are still accepted, and the readiness check fails");
            sleep(Duration::from_secs(delay)).await;
        }
        shutdown.begin();
    }
}

/// Notifies systemd, if it has started the process and waits for this.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "cannot notify systemd");
    }
}

/// Listens on an address. The path of a Unix socket may be relative to the folder of the app.
async fn bind(address: &ListenAddress, root: &Path) -> Result<Listener, ServerError> {
    match address {
        ListenAddress::Unix(path) => Listener::unix(root.join(path)),
        ListenAddress::Tcp(_) => Listener::bind(address).await,
    }
}

/// Gives a server the configured certificate, if there is one. Paths may be relative to the folder of the app.
fn with_tls(server: Server, config: &ServerConfig, root: &Path) -> Result<Server, ServerError> {
    if !config.has_tls() {
        return Ok(server);
    }
    #[cfg(feature = "tls")]
    {
        let tls = crate::http::Tls::from_files(root.join(&config.tls_certificate), root.join(&config.tls_key))?;
        Ok(server.tls(tls))
    }
    #[cfg(not(feature = "tls"))]
    {
        let _ = (server, root);
        Err(ServerError::MissingFeature)
    }
}

fn options(config: &ServerConfig) -> ServerOptions {
    ServerOptions {
        connections: config.connections,
        connections_per_address: config.connections_per_address,
        header_timeout: Duration::from_secs(config.header_timeout),
        idle_timeout: Duration::from_secs(config.idle_timeout),
        transfer_timeout: Duration::from_secs(config.transfer_timeout),
        min_rate: config.min_rate,
        request_timeout: Duration::from_secs(config.request_timeout),
        unsafe_requests: config.unsafe_requests,
        body_memory: config.body_memory << 20,
        shutdown_timeout: Duration::from_secs(config.shutdown_timeout),
        ..ServerOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "tls"))]
    #[tokio::test]
    async fn a_certificate_without_the_feature_for_it_keeps_the_app_from_listening() {
        let server = Server::bind("127.0.0.1:0").await.unwrap();
        let config =
            ServerConfig { tls_certificate: "a.pem".into(), tls_key: "b.pem".into(), ..ServerConfig::default() };
        let error = with_tls(server, &config, Path::new("/")).unwrap_err().to_string();
        assert!(error.contains("cargo add salon --features tls") && error.contains("features = [\"tls\"]"), "{error}");
    }

    #[test]
    fn the_limits_of_an_app_are_those_of_a_server_by_default() {
        assert_eq!(options(&ServerConfig::default()), ServerOptions::default());
    }
}
