//! All servers of a connection, used as one.

use futures_util::future::join_all;

use super::{
    address::Address,
    error::{MemcachedError, MemcachedErrorKind},
    item::{Item, ItemKey, NewItem, Stored},
    meta_command::{Action, MetaCommand},
    rendezvous::Rendezvous,
    response_line::MetaResponse,
    server::{Exchange, Server},
};
use crate::{connection::Connection, error::DatabaseError, scheme::Scheme};

/// The servers of a connection. A key always belongs to the same server. While that server is down, commands for its
/// keys fail, and no other server is asked, because it would report that the key does not exist.
#[derive(Debug)]
pub struct MemcachedClient {
    connection: String,
    servers: Vec<Server>,
    rendezvous: Rendezvous,
}

impl MemcachedClient {
    /// Creates a client for the servers of a connection. Nothing is sent yet.
    ///
    /// # Errors
    /// Returns an error if the connection does not lead to memcached, or its URL is invalid.
    pub fn new(connection: &Connection) -> Result<Self, DatabaseError> {
        if connection.scheme != Scheme::Memcached {
            let connection = connection.name.clone();
            return Err(DatabaseError::WrongKind { connection, expected: "memcached (memcached://host:port)" });
        }
        let addresses = Address::parse_all(&connection.name, connection.config.url.expose())?;
        let rendezvous = Rendezvous::new(addresses.iter().map(ToString::to_string));
        let servers = addresses.into_iter().map(|address| Server::new(address, &connection.config)).collect();
        Ok(Self { connection: connection.name.clone(), servers, rendezvous })
    }

    /// Requests an item from every server. A server that does not respond is logged; the others serve their keys
    /// meanwhile.
    ///
    /// # Errors
    /// Returns an error if none of the servers responds as memcached does.
    pub async fn probe(&self, key: &ItemKey) -> Result<(), DatabaseError> {
        let command = MetaCommand { key, action: Action::Get };
        let sent = join_all(self.servers.iter().map(|server| server.send(&command))).await;
        let errors: Vec<_> = sent.into_iter().filter_map(Result::err).collect();
        let are_all_down = errors.len() == self.servers.len();
        for error in errors {
            if are_all_down {
                let addresses: Vec<_> = self.servers.iter().map(|server| server.address.to_string()).collect();
                let (connection, addresses) = (&self.connection, addresses.join(" and "));
                let remedy = format!("start memcached at {addresses}, or correct `connections.{connection}.url`");
                return Err(DatabaseError::unreachable(connection, remedy, error));
            }
            tracing::warn!(
                event = "memcached.down",
                connection = self.connection,
                "{error}; until it responds, its sessions, and new ones that belong there, get a 503"
            );
        }
        Ok(())
    }

    /// Returns the item of a key.
    ///
    /// # Errors
    /// Returns an error if its server does not respond.
    pub async fn get(&self, key: &ItemKey) -> Result<Option<Item>, MemcachedError> {
        match self.send(key, Action::Get).await?.response {
            MetaResponse::Value(item) => Ok(Some(item)),
            MetaResponse::NotFound => Ok(None),
            MetaResponse::Done { .. } | MetaResponse::NotStored | MetaResponse::Changed => Err(self.mismatch(key)),
        }
    }

    /// Stores an item if there is none.
    ///
    /// # Errors
    /// Returns an error if its server does not respond, or has no memory left.
    pub async fn add(&self, key: &ItemKey, item: NewItem<'_>) -> Result<Stored, MemcachedError> {
        self.store(key, Action::Add(item)).await
    }

    /// Replaces an item whose compare-and-swap number is `cas`.
    ///
    /// # Errors
    /// Returns an error if its server does not respond, or has no memory left.
    pub async fn swap(&self, key: &ItemKey, cas: u64, item: NewItem<'_>) -> Result<Stored, MemcachedError> {
        self.store(key, Action::Swap(cas, item)).await
    }

    /// Removes an item, unless its compare-and-swap number differs by now.
    ///
    /// # Errors
    /// Returns an error if its server does not respond.
    pub async fn delete(&self, key: &ItemKey, cas: u64) -> Result<(), MemcachedError> {
        self.send(key, Action::Delete(cas)).await.map(drop)
    }

    /// Closes the idle connections.
    pub fn close(&self) {
        self.servers.iter().for_each(Server::close);
    }

    async fn store(&self, key: &ItemKey, action: Action<'_>) -> Result<Stored, MemcachedError> {
        let Exchange { response, is_repeated } = self.send(key, action).await?;
        match response {
            MetaResponse::Done { cas } => Ok(Stored::Done(cas)),
            MetaResponse::NotStored | MetaResponse::Changed => Ok(Stored::Refused { is_repeated }),
            MetaResponse::NotFound => Ok(Stored::Absent),
            MetaResponse::Value(_) => Err(self.mismatch(key)),
        }
    }

    async fn send(&self, key: &ItemKey, action: Action<'_>) -> Result<Exchange, MemcachedError> {
        self.server(key).send(&MetaCommand { key, action }).await
    }

    fn server(&self, key: &ItemKey) -> &Server {
        &self.servers[self.rendezvous.pick(key.hash)]
    }

    fn mismatch(&self, key: &ItemKey) -> MemcachedError {
        self.server(key).error(MemcachedErrorKind::Protocol("it responds to another command"))
    }
}
