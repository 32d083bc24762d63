//! All servers of a connection, used as one.

use bytes::Bytes;
use futures_util::future::join_all;

use super::{
    super::{Connection, DatabaseError, Scheme},
    address::Address,
    error::MemcachedError,
    rendezvous::Rendezvous,
    reply::Reply,
    request::{Entry, Request},
    server::{Answer, Server},
};

/// The name of an item, and the number that determines its server.
#[derive(Clone, Debug)]
pub struct Key {
    /// 250 bytes at most, without spaces and control characters.
    pub text: String,
    /// Effectively random, and always the same for the same text.
    pub place: u64,
}

/// An item that exists.
#[derive(Clone, Debug)]
pub struct Item {
    /// The number of its last change.
    pub cas: u64,
    /// The stamp of the writer.
    pub stamp: u32,
    pub value: Bytes,
}

/// The result of storing an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The item is stored; holds the number of the change.
    Done(u64),
    /// Another item exists, or the same one: if the request had to be repeated, the first attempt may have succeeded.
    Refused {
        /// True if the request was repeated.
        is_repeated: bool,
    },
    /// There is no item to replace.
    Absent,
}

/// The servers of a connection. A key always belongs to the same server. While that server is down, requests for its
/// keys fail, and no other server is asked, because it would report that the key does not exist.
#[derive(Debug)]
pub struct Memcached {
    connection: String,
    servers: Vec<Server>,
    rendezvous: Rendezvous,
}

impl Memcached {
    /// Creates a client for the servers of a connection. Nothing is sent yet.
    ///
    /// # Errors
    /// Returns an error if the connection does not lead to memcached, or its URL is invalid.
    pub fn new(connection: &Connection) -> Result<Self, DatabaseError> {
        if connection.scheme != Scheme::Memcached {
            let connection = connection.name.clone();
            return Err(DatabaseError::WrongKind { connection, expected: "memcached (memcached://host:port)" });
        }
        let addresses = Address::parse(&connection.name, connection.config.url.expose())?;
        let rendezvous = Rendezvous::new(addresses.iter().map(ToString::to_string));
        let servers = addresses.into_iter().map(|address| Server::new(address, &connection.config)).collect();
        Ok(Self { connection: connection.name.clone(), servers, rendezvous })
    }

    /// Requests an item from every server. A server that does not respond is logged; the others serve their keys
    /// meanwhile.
    ///
    /// # Errors
    /// Returns an error if none of the servers responds as memcached does.
    pub async fn probe(&self, key: &Key) -> Result<(), DatabaseError> {
        let asked = join_all(self.servers.iter().map(async |server| server.ask(&Request::Get { key }).await)).await;
        let failures: Vec<_> = asked.into_iter().filter_map(Result::err).collect();
        let is_down = failures.len() == self.servers.len();
        for failure in failures {
            if is_down {
                let connection = self.connection.clone();
                let addresses: Vec<_> = self.servers.iter().map(|server| server.address.to_string()).collect();
                let remedy = format!(
                    "start memcached at {}, or correct `connections.{connection}.url`",
                    addresses.join(" and ")
                );
                return Err(DatabaseError::Unreachable { connection, remedy, source: failure.into() });
            }
            tracing::warn!(
                event = "memcached.down",
                connection = self.connection,
                "{failure}; until it responds, its sessions, and new ones that belong there, get a 503"
            );
        }
        Ok(())
    }

    /// Returns the item of a key.
    ///
    /// # Errors
    /// Returns an error if its server does not respond.
    pub async fn get(&self, key: &Key) -> Result<Option<Item>, MemcachedError> {
        match self.ask(key, &Request::Get { key }).await?.reply {
            Reply::Value { cas, stamp, value } => Ok(Some(Item { cas, stamp, value })),
            Reply::Absent => Ok(None),
            Reply::Done { .. } | Reply::Taken | Reply::Changed => Err(self.garbled(key)),
        }
    }

    /// Stores an item if there is none.
    ///
    /// # Errors
    /// Returns an error if its server does not respond, or has no memory left.
    pub async fn add(&self, key: &Key, entry: Entry<'_>) -> Result<Stored, MemcachedError> {
        let answer = self.ask(key, &Request::Add { key, entry }).await?;
        self.stored(key, &answer)
    }

    /// Replaces an item whose change number is `cas`.
    ///
    /// # Errors
    /// Returns an error if its server does not respond, or has no memory left.
    pub async fn swap(&self, key: &Key, cas: u64, entry: Entry<'_>) -> Result<Stored, MemcachedError> {
        let answer = self.ask(key, &Request::Swap { key, cas, entry }).await?;
        self.stored(key, &answer)
    }

    /// Removes an item, unless its change number differs by now.
    ///
    /// # Errors
    /// Returns an error if its server does not respond.
    pub async fn delete(&self, key: &Key, cas: u64) -> Result<(), MemcachedError> {
        self.ask(key, &Request::Delete { key, cas }).await.map(drop)
    }

    /// Closes the idle connections.
    pub fn close(&self) {
        for server in &self.servers {
            server.close();
        }
    }

    fn stored(&self, key: &Key, answer: &Answer) -> Result<Stored, MemcachedError> {
        match answer.reply {
            Reply::Done { cas } => Ok(Stored::Done(cas)),
            Reply::Taken | Reply::Changed => Ok(Stored::Refused { is_repeated: answer.is_repeated }),
            Reply::Absent => Ok(Stored::Absent),
            Reply::Value { .. } => Err(self.garbled(key)),
        }
    }

    async fn ask(&self, key: &Key, request: &Request<'_>) -> Result<Answer, MemcachedError> {
        self.server(key).ask(request).await
    }

    fn server(&self, key: &Key) -> &Server {
        &self.servers[self.rendezvous.pick(key.place)]
    }

    fn garbled(&self, key: &Key) -> MemcachedError {
        let server = self.server(key).address.to_string();
        MemcachedError::Garbled { server, problem: "it responds to another command" }
    }
}
