//! One server, and the connections to it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::Semaphore, time::timeout};

use super::{
    super::ConnectionConfig,
    address::Address,
    connection::{Connection, Failure},
    error::MemcachedError,
    reply::Reply,
    request::Request,
};

/// A connection that nobody used for so long is not used again: something on the way may have forgotten it.
const IDLE: Duration = Duration::from_secs(60);

/// A server with its idle connections, the one that was used last at the end.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: Address,
    connect_timeout: Duration,
    response_timeout: Duration,
    slots: Semaphore,
    idle: Mutex<VecDeque<(Connection, Instant)>>,
}

/// What a server answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    /// Whether it was asked twice, because the connection ended at the first time: it may have done then what it was asked.
    pub(super) is_repeated: bool,
}

impl Server {
    pub(super) fn new(address: Address, config: &ConnectionConfig) -> Self {
        let most = usize::try_from(config.max_connections).unwrap_or(usize::MAX);
        Self {
            address,
            connect_timeout: config.connect_timeout(),
            response_timeout: config.response_timeout(),
            slots: Semaphore::new(most.min(Semaphore::MAX_PERMITS)),
            idle: Mutex::default(),
        }
    }

    /// Asks the server. Whoever drops this takes the connection along, with the answer that is still to come.
    ///
    /// # Errors
    /// There is no answer in time.
    pub(super) async fn ask(&self, request: &Request<'_>) -> Result<Answer, MemcachedError> {
        let slot = timeout(self.connect_timeout, self.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else {
            return Err(MemcachedError::Busy { server: self.name(), waited: self.connect_timeout });
        };
        let connection = match self.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let first = match self.ask_on(connection, request).await {
            // It may have ended while it lay idle, as after a restart of the server. Once more, and no more often.
            Err(MemcachedError::Cut { server, source }) => MemcachedError::Cut { server, source },
            answered => return answered.map(|reply| Answer { reply, is_repeated: false }),
        };
        // If there is no connection now, the first failure is the one to tell: only it says that the server was asked.
        let Ok(connection) = self.connect().await else { return Err(first) };
        Ok(Answer { reply: self.ask_on(connection, request).await?, is_repeated: true })
    }

    async fn ask_on(&self, mut connection: Connection, request: &Request<'_>) -> Result<Reply, MemcachedError> {
        let (bytes, limit) = (request.size(), connection.largest);
        if bytes > limit {
            self.put_back(connection);
            return Err(MemcachedError::TooLarge { server: self.name(), bytes, limit });
        }
        let reply = self.within(self.response_timeout, connection.ask(request)).await?;
        self.put_back(connection);
        Ok(reply)
    }

    async fn connect(&self) -> Result<Connection, MemcachedError> {
        let failed = |source| MemcachedError::Connect { server: self.name(), source };
        let opening = timeout(self.connect_timeout, Connection::open(&self.address)).await;
        let mut connection = opening.map_err(|late| failed(late.into()))?.map_err(failed)?;
        match self.within(self.response_timeout, connection.greet()).await {
            // Nothing was asked of it yet.
            Err(MemcachedError::Cut { source, .. }) => Err(failed(source)),
            Err(MemcachedError::Silent { .. }) => Err(failed(std::io::ErrorKind::TimedOut.into())),
            greeted => greeted.map(|()| connection),
        }
    }

    async fn within<T>(
        &self,
        limit: Duration,
        asking: impl Future<Output = Result<T, Failure>> + Send,
    ) -> Result<T, MemcachedError> {
        let server = || self.name();
        match timeout(limit, asking).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Failure::Cut(source))) => Err(MemcachedError::Cut { server: server(), source }),
            Ok(Err(Failure::Garbled(problem))) => Err(MemcachedError::Garbled { server: server(), problem }),
            Ok(Err(Failure::Uncounted)) => Err(MemcachedError::Uncounted { server: server() }),
            Ok(Err(Failure::Refused(answer))) if answer.contains("out of memory") => {
                Err(MemcachedError::Full { server: server() })
            }
            Ok(Err(Failure::Refused(answer))) => Err(MemcachedError::Refused { server: server(), answer }),
            Err(_) => Err(MemcachedError::Silent { server: server(), waited: limit }),
        }
    }

    fn name(&self) -> String {
        self.address.to_string()
    }

    /// The idle connection that was used last, if it is still well.
    fn take(&self) -> Option<Connection> {
        loop {
            let (connection, since) = self.idle().pop_back()?;
            if since.elapsed() < IDLE && connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle();
        while idle.front().is_some_and(|(_, since)| since.elapsed() >= IDLE) {
            idle.pop_front();
        }
        idle.push_back((connection, Instant::now()));
    }

    /// Lets go of the connections that nobody uses.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
