//! All servers of a connection, as one.

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

/// The name of an item, and the number that tells which server has it.
#[derive(Clone, Debug)]
pub struct Key {
    /// 250 bytes at most, without spaces and control characters.
    pub text: String,
    /// As good as random, and always the same for the same text.
    pub place: u64,
}

/// An item that is there.
#[derive(Clone, Debug)]
pub struct Item {
    /// The number of its last change.
    pub cas: u64,
    /// The stamp of who made it.
    pub stamp: u32,
    pub value: Bytes,
}

/// What became of an item that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is kept; the number of the change.
    Done(u64),
    /// Another one is there, or the same one: if the request had to be repeated, it may have been done at the first time.
    Refused {
        /// Whether it was.
        is_repeated: bool,
    },
    /// There is none to replace.
    Absent,
}

/// The servers of a connection. A key belongs to one of them, always the same: while that one is down, its keys are errors, and
/// no other server is asked, which would say that there is nothing.
#[derive(Debug)]
pub struct Memcached {
    connection: String,
    servers: Vec<Server>,
    rendezvous: Rendezvous,
}

impl Memcached {
    /// The servers of a connection; nothing is sent yet.
    ///
    /// # Errors
    /// It is none to memcached, or its URL cannot be used.
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

    /// Asks every server for an item. One that does not answer is told of; the others do their part meanwhile.
    ///
    /// # Errors
    /// None of them answers as memcached does.
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
                "{failure}; until it does, the sessions that it has are answered with 503, and so are new ones that belong there"
            );
        }
        Ok(())
    }

    /// What is kept under a key.
    ///
    /// # Errors
    /// Its server does not answer.
    pub async fn get(&self, key: &Key) -> Result<Option<Item>, MemcachedError> {
        match self.ask(key, &Request::Get { key }).await?.reply {
            Reply::Value { cas, stamp, value } => Ok(Some(Item { cas, stamp, value })),
            Reply::Absent => Ok(None),
            Reply::Done { .. } | Reply::Taken | Reply::Changed => Err(self.garbled(key)),
        }
    }

    /// Keeps an item where there is none.
    ///
    /// # Errors
    /// Its server does not answer, or has no room.
    pub async fn add(&self, key: &Key, entry: Entry<'_>) -> Result<Stored, MemcachedError> {
        let answer = self.ask(key, &Request::Add { key, entry }).await?;
        self.stored(key, &answer)
    }

    /// Replaces an item that has this number.
    ///
    /// # Errors
    /// Its server does not answer, or has no room.
    pub async fn swap(&self, key: &Key, cas: u64, entry: Entry<'_>) -> Result<Stored, MemcachedError> {
        let answer = self.ask(key, &Request::Swap { key, cas, entry }).await?;
        self.stored(key, &answer)
    }

    /// Removes an item, unless it has another number by now.
    ///
    /// # Errors
    /// Its server does not answer.
    pub async fn delete(&self, key: &Key, cas: u64) -> Result<(), MemcachedError> {
        self.ask(key, &Request::Delete { key, cas }).await.map(drop)
    }

    /// Lets go of the connections that nobody uses.
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
        MemcachedError::Garbled { server, problem: "it answers another command" }
    }
}
