//! One server and the connections to it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::Semaphore, time::timeout};

use super::{
    address::Address,
    connection::MemcachedConnection,
    error::{MemcachedError, MemcachedErrorKind},
    meta_command::MetaCommand,
    response_line::MetaResponse,
};
use crate::config::ConnectionConfig;

/// A connection that has been idle for this long is not used again, because a device on the path may have dropped it.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// A server with its idle connections, the most recently used last.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: Address,
    connect_timeout: Duration,
    response_timeout: Duration,
    slots: Semaphore,
    idle: Mutex<VecDeque<(MemcachedConnection, Instant)>>,
}

/// A command that was answered.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) response: MetaResponse,
    /// True if the command was sent twice because the connection closed the first time: the first attempt may have
    /// succeeded.
    pub(super) is_repeated: bool,
}

impl Server {
    pub(super) fn new(address: Address, config: &ConnectionConfig) -> Self {
        let slots = usize::try_from(config.max_connections).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            address,
            connect_timeout: config.connect_timeout(),
            response_timeout: config.response_timeout(),
            slots: Semaphore::new(slots),
            idle: Mutex::default(),
        }
    }

    /// Sends a command to the server. If the future is dropped, the connection and its pending response are dropped
    /// too.
    ///
    /// # Errors
    /// Returns an error if no response arrives in time.
    pub(super) async fn send(&self, command: &MetaCommand<'_>) -> Result<Exchange, MemcachedError> {
        self.exchange(command).await.map_err(|kind| self.error(kind))
    }

    /// Adds the name of the server to an error.
    pub(super) fn error(&self, kind: MemcachedErrorKind) -> MemcachedError {
        MemcachedError { server: self.address.to_string(), kind }
    }

    async fn exchange(&self, command: &MetaCommand<'_>) -> Result<Exchange, MemcachedErrorKind> {
        let Ok(Ok(_slot)) = timeout(self.connect_timeout, self.slots.acquire()).await else {
            return Err(MemcachedErrorKind::Busy(self.connect_timeout));
        };
        let connection = match self.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let first = match self.send_on(connection, command).await {
            // It may have closed while it was idle, for example when the server restarted. Retry once, but not more
            // often.
            Err(closed @ MemcachedErrorKind::Closed(_)) => closed,
            sent => return sent.map(|response| Exchange { response, is_repeated: false }),
        };
        // If connecting fails now, report the first failure: only it says that the command was sent.
        let Ok(connection) = self.connect().await else { return Err(first) };
        Ok(Exchange { response: self.send_on(connection, command).await?, is_repeated: true })
    }

    async fn send_on(
        &self,
        mut connection: MemcachedConnection,
        command: &MetaCommand<'_>,
    ) -> Result<MetaResponse, MemcachedErrorKind> {
        let (bytes, limit) = (command.size(), connection.max_item);
        if bytes > limit {
            self.put_back(connection);
            return Err(MemcachedErrorKind::TooLarge { bytes, limit });
        }
        let response = within(self.response_timeout, connection.send(command)).await?;
        self.put_back(connection);
        Ok(response)
    }

    async fn connect(&self) -> Result<MemcachedConnection, MemcachedErrorKind> {
        let connecting = async {
            let mut connection = within(self.connect_timeout, MemcachedConnection::open(&self.address)).await?;
            within(self.response_timeout, connection.read_settings()).await?;
            Ok(connection)
        };
        // Whatever happened, no command has been sent yet.
        connecting.await.map_err(|kind| match kind {
            MemcachedErrorKind::Closed(source) => MemcachedErrorKind::Unreachable(source),
            MemcachedErrorKind::Timeout(_) => MemcachedErrorKind::Unreachable(std::io::ErrorKind::TimedOut.into()),
            kind => kind,
        })
    }

    /// Returns the most recently used idle connection, if it is still usable.
    fn take(&self) -> Option<MemcachedConnection> {
        loop {
            let (connection, since) = self.idle().pop_back()?;
            if since.elapsed() < MAX_IDLE && connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    fn put_back(&self, connection: MemcachedConnection) {
        let mut idle = self.idle();
        while idle.front().is_some_and(|(_, since)| since.elapsed() >= MAX_IDLE) {
            idle.pop_front();
        }
        idle.push_back((connection, Instant::now()));
    }

    /// Closes the idle connections.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(MemcachedConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, MemcachedErrorKind>> + Send,
) -> Result<T, MemcachedErrorKind> {
    timeout(limit, work).await.unwrap_or(Err(MemcachedErrorKind::Timeout(limit)))
}
