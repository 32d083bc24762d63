//! Opens connections.

use std::{path::Path, time::Duration};

#[cfg(feature = "tls")]
use redis::TlsCertificates;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, RedisResult,
    aio::MultiplexedConnection,
    cluster::{ClusterClient, ClusterClientBuilder},
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};

use super::{
    topology::{Topology, tcp_settings},
    transport::Transport,
};
use crate::{connection::Connection, error::DatabaseError};

/// The maximum number of commands that queue to be written; further ones wait for room.
const MAX_QUEUED: usize = 1024;

/// Opens connections to the servers of a topology.
pub(super) struct Dialer {
    pub(super) topology: Topology,
    #[cfg(feature = "tls")]
    certificates: Option<TlsCertificates>,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
}

impl Dialer {
    /// # Errors
    /// Returns an error if the connection's URL or certificates are invalid.
    #[cfg_attr(not(feature = "tls"), expect(unused_variables, reason = "certificates are in the app's folder"))]
    pub(super) fn new(root: &Path, connection: &Connection) -> Result<Self, DatabaseError> {
        Ok(Self {
            topology: Topology::of(connection)?,
            #[cfg(feature = "tls")]
            certificates: super::certificates::certificates(root, connection)?,
            connect_timeout: connection.config.connect_timeout(),
            response_timeout: connection.config.response_timeout(),
        })
    }

    /// Opens a connection. Sentinels are asked for the master, and a Cluster for its nodes.
    pub(super) async fn dial(&self) -> RedisResult<Transport> {
        match &self.topology {
            Topology::Server(info) => Ok(Transport::Server(self.open(info.clone()).await?)),
            Topology::Sentinel { sentinels, master, server } => {
                let mut client = self.sentinel(sentinels, master, server)?;
                let client = client.async_get_client().await?;
                let info = client.get_connection_info().clone();
                Ok(Transport::Server(self.open(info).await?))
            }
            Topology::Cluster(nodes) => Ok(Transport::Cluster(self.cluster(nodes)?.get_async_connection().await?)),
        }
    }

    /// Opens a connection to another node of a Cluster, `host:port`.
    pub(super) async fn dial_node(&self, address: &str) -> RedisResult<MultiplexedConnection> {
        match self.node_info(address) {
            Some(info) => self.open(info).await,
            None => Err(std::io::Error::from(std::io::ErrorKind::AddrNotAvailable).into()),
        }
    }

    /// Returns the first node of the URL with another address, so that login and TLS are the same.
    fn node_info(&self, address: &str) -> Option<ConnectionInfo> {
        let Topology::Cluster(nodes) = &self.topology else { return None };
        let (node, (new_host, new_port)) = (nodes.first()?, address.rsplit_once(':')?);
        let mut address = node.addr().clone();
        if let ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } = &mut address {
            *port = new_port.parse().ok()?;
            // A node that does not know its own host name means the host that was asked.
            if !new_host.is_empty() {
                new_host.clone_into(host);
            }
        }
        Some(node.clone().set_addr(address))
    }

    async fn open(&self, info: ConnectionInfo) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.response_timeout))
            .set_pipeline_buffer_size(MAX_QUEUED);
        self.client(info)?.get_multiplexed_async_connection_with_config(&config).await
    }

    #[cfg_attr(not(feature = "tls"), expect(clippy::unused_self, reason = "with TLS it has certificates"))]
    fn client(&self, info: ConnectionInfo) -> RedisResult<Client> {
        #[cfg(feature = "tls")]
        if let (Some(certificates), ConnectionAddr::TcpTls { .. }) = (&self.certificates, info.addr()) {
            return Client::build_with_tls(info, certificates.clone());
        }
        Client::open(info)
    }

    #[cfg_attr(not(feature = "tls"), expect(clippy::unused_self, reason = "with TLS it has certificates"))]
    fn sentinel(
        &self,
        sentinels: &[ConnectionInfo],
        master: &str,
        server: &ConnectionInfo,
    ) -> RedisResult<SentinelClient> {
        let addresses = sentinels.iter().map(|info| info.addr().clone());
        let settings = server.redis_settings();
        let mut builder = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?
            .set_client_to_redis_db(settings.db())
            .set_client_to_redis_tcp_settings(tcp_settings())
            .set_client_to_sentinel_tcp_settings(tcp_settings());
        if let Some(user) = settings.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = settings.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        let own = sentinels.first().map(ConnectionInfo::redis_settings);
        if let Some(user) = own.and_then(|own| own.username()) {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = own.and_then(|own| own.password()) {
            builder = builder.set_client_to_sentinel_password(password);
        }
        #[cfg(feature = "tls")]
        if matches!(server.addr(), ConnectionAddr::TcpTls { .. }) {
            builder = builder.set_client_to_redis_tls_mode(redis::TlsMode::Secure);
            if let Some(certificates) = &self.certificates {
                builder = builder
                    .set_client_to_redis_certificates(certificates.clone())
                    .set_client_to_sentinel_certificates(certificates.clone());
            }
        }
        builder.build()
    }

    /// The client retries nothing on its own: only the caller knows what is safe to retry.
    fn cluster(&self, nodes: &[ConnectionInfo]) -> RedisResult<ClusterClient> {
        let builder = ClusterClientBuilder::new(nodes.to_vec())
            .retries(0)
            // It waits for the slowest node twice: for the nodes in the URL, and for the nodes that those report.
            .connection_timeout(self.connect_timeout / 3)
            .response_timeout(self.response_timeout)
            .tcp_settings(tcp_settings());
        #[cfg(feature = "tls")]
        let builder = match &self.certificates {
            Some(certificates) => builder.certs(certificates.clone()),
            None => builder,
        };
        builder.build()
    }
}
