//! Serves requests, from the first connection to the graceful shutdown.

use std::{future::Future, net::SocketAddr, time::Duration};

use tokio::sync::oneshot;

use super::Application;
use crate::{
    config::ServerConfig,
    http::{Server, ServerError, ServerOptions},
};

impl Application {
    /// Listens on the configured address, with the limits of `config/server.toml`.
    ///
    /// # Errors
    /// Returns an error if the port is in use or not permitted. The error says what to do.
    pub async fn listen(&self) -> Result<Server, ServerError> {
        let server = Server::bind(SocketAddr::from((self.config().host, self.config().port))).await?;
        Ok(match self.get::<ServerConfig>() {
            Some(config) => server.options(options(&config)),
            None => server,
        })
    }

    /// Serves requests until `shutdown` completes. Then requests in flight finish, and drivers and databases are
    /// closed. Meanwhile, expired sessions are removed regularly.
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
            async move { application.handle(request, Some(peer)).await }
        };
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

    #[test]
    fn the_limits_of_an_app_are_those_of_a_server_by_default() {
        assert_eq!(options(&ServerConfig::default()), ServerOptions::default());
    }
}
