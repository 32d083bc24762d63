//! One server and the connections to it.

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

/// A connection that has been idle for this long is not used again, because a device on the path may have dropped it.
const IDLE: Duration = Duration::from_secs(60);

/// A server with its idle connections, the most recently used last.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: Address,
    connect_timeout: Duration,
    response_timeout: Duration,
    slots: Semaphore,
    idle: Mutex<VecDeque<(Connection, Instant)>>,
}

/// The response of a server.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    /// True if the request was sent twice because the connection closed the first time: the first attempt may have
    /// succeeded.
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

    /// Sends a request to the server. If the future is dropped, the connection and its pending response are dropped
    /// too.
    ///
    /// # Errors
    /// Returns an error if no response arrives in time.
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
            // It may have closed while it was idle, for example when the server restarted. Retry once, but not more
            // often.
            Err(MemcachedError::Cut { server, source }) => MemcachedError::Cut { server, source },
            answered => return answered.map(|reply| Answer { reply, is_repeated: false }),
        };
        // If connecting fails now, report the first failure: only it says that the request was sent.
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
            // No request has been sent on it yet.
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

    /// Returns the most recently used idle connection, if it is still usable.
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

    /// Closes the idle connections.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
