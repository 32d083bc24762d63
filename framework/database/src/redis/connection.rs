//! Runs requests on any kind of Redis deployment.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use redis::{Cmd, RedisError, RedisResult, Value, aio::MultiplexedConnection};
use tokio::sync::Mutex;

use super::{
    Reply, Request,
    address::Address,
    dialer::Dialer,
    failure::RedisFailure,
    fault::Fault,
    managed_connection::ManagedConnection,
    transport::{first_succeeded, pipeline},
};
use crate::{Connection, DatabaseError};

/// The pause between two attempts of a request that was refused temporarily. It doubles with each attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const MAX_PAUSE: Duration = Duration::from_millis(200);

/// A connection to Redis: to one server, to a master that sentinels report, or to a Cluster.
///
/// All tasks share it, and it reconnects on its own. A request whose connection broke is retried once. The caller
/// decides whether it may have been carried out twice ([`Reply::is_repeated`]). In every case there is a response or an
/// error within `connect_timeout` plus `response_timeout`.
pub struct RedisConnection {
    dialer: Arc<Dialer>,
    /// The address without its password, for messages.
    pub(super) shown: Arc<str>,
    line: Arc<ManagedConnection>,
    /// Connections for requests that wait for replicas, because they block the requests behind them.
    awaiting: Vec<Arc<ManagedConnection>>,
    next: AtomicUsize,
    /// Nodes that the Cluster redirects us to while it moves a slot. The client may not know them yet.
    asides: Mutex<HashMap<String, MultiplexedConnection>>,
    replicas: u32,
}

impl RedisConnection {
    /// Creates a connection that the first request opens. `replicas` is the number of replicas that
    /// [awaited](Request::awaited) requests wait for.
    ///
    /// # Errors
    /// Returns an error if its URL or certificates are invalid.
    pub fn new(root: &Path, connection: &Connection, replicas: u32) -> Result<Self, DatabaseError> {
        let dialer = Arc::new(Dialer::new(root, connection)?);
        let lines = if replicas == 0 { 0 } else { connection.config.max_connections.saturating_sub(1).max(1) };
        Ok(Self {
            shown: dialer.address().to_string().into(),
            line: Arc::new(ManagedConnection::new(Arc::clone(&dialer))),
            awaiting: (0..lines).map(|_| Arc::new(ManagedConnection::new(Arc::clone(&dialer)))).collect(),
            next: AtomicUsize::new(0),
            asides: Mutex::default(),
            dialer,
            replicas,
        })
    }

    /// True if keys are spread over several servers, so that a script can only access the keys of one slot.
    pub fn is_cluster(&self) -> bool {
        matches!(self.dialer.address(), Address::Cluster(_))
    }

    /// Runs a request.
    ///
    /// # Errors
    /// Returns an error if there is no response, or if the request is refused.
    pub async fn run(&self, mut request: Request) -> Result<Reply, RedisFailure> {
        let patience = self.dialer.connect_timeout + self.dialer.response_timeout;
        let deadline = Instant::now() + patience;
        let address = || Arc::clone(&self.shown);
        let (mut pause, mut is_repeated, mut aside) = (FIRST_PAUSE, false, None);
        loop {
            let attempt = tokio::time::timeout_at(deadline.into(), self.attempt(&request, is_repeated, aside.take()));
            let Ok(attempt) = attempt.await else {
                return Err(RedisFailure::Silent { address: address(), waited: patience });
            };
            let (error, has_connection) = match attempt {
                Attempt::Answered(values) => return Ok(Reply { value: self.reached(&request, values)?, is_repeated }),
                Attempt::Failed(error) => (error, true),
                Attempt::Unconnected(error) => (error, false),
            };
            let (fault, is_late) = (Fault::of(&error), Instant::now() + pause >= deadline);
            match fault {
                Fault::Later | Fault::Elsewhere if !is_late => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(MAX_PAUSE);
                }
                Fault::Ask(node) => aside = Some(node),
                Fault::UnknownScript if request.spell_out() => {}
                Fault::Broken if has_connection && !is_repeated => is_repeated = true,
                // The outcome of the first attempt is unknown, whatever the outcome of this one is.
                _ if is_repeated => return Err(RedisFailure::Unknown { address: address(), source: error }),
                _ if !has_connection => return Err(RedisFailure::Unreachable { address: address(), source: error }),
                Fault::Silent => {
                    let waited = self.dialer.response_timeout;
                    return Err(RedisFailure::Silent { address: address(), waited });
                }
                _ => return Err(RedisFailure::Refused { address: address(), source: error }),
            }
        }
    }

    /// Makes one attempt.
    async fn attempt(&self, request: &Request, is_repeated: bool, aside: Option<String>) -> Attempt {
        let wait = request.is_awaited() && self.replicas > 0;
        let wait = wait.then(|| {
            let patience = u64::try_from(self.dialer.response_timeout.as_millis() / 2).unwrap_or(u64::MAX);
            let mut wait = redis::cmd("WAIT");
            wait.arg(self.replicas).arg(patience);
            wait
        });
        if let Some(node) = aside {
            return self.ask(node, request, wait.as_ref()).await.into();
        }
        let line = match &wait {
            Some(_) => &self.awaiting[self.next.fetch_add(1, Ordering::Relaxed) % self.awaiting.len()],
            None => &self.line,
        };
        let (mut link, number) = match line.link().await {
            Ok(open) => open,
            Err(error) => return Attempt::Unconnected(error),
        };
        let answer = link.send(request, wait.as_ref()).await;
        match answer.as_ref().map_err(Fault::of) {
            Err(Fault::Silent) => line.replace(number),
            // The Cluster client reconnects its nodes on its own.
            Err(Fault::Broken) if !self.is_cluster() || is_repeated => line.renew(number),
            Err(Fault::Elsewhere) if !self.is_cluster() => line.ask_again(number),
            _ => {}
        }
        answer.into()
    }

    /// Sends the request to the node that the key is moving to.
    async fn ask(&self, node: String, request: &Request, wait: Option<&Cmd>) -> RedisResult<Vec<Value>> {
        let known = self.asides.lock().await.get(&node).cloned();
        let mut link = match known {
            Some(link) => link,
            None => {
                let link = self.dialer.dial_node(&node).await?;
                self.asides.lock().await.insert(node.clone(), link.clone());
                link
            }
        };
        let asking = redis::cmd("ASKING");
        let commands = pipeline([&asking, request.as_command()].into_iter().chain(wait));
        let answer = link.send_packed_commands(&commands, 0, commands.len()).await;
        if answer.is_err() {
            self.asides.lock().await.remove(&node);
        }
        // The first response is the one to ASKING.
        first_succeeded(answer.map(|values| values.into_iter().skip(1).collect()))
    }

    /// Returns the response, if enough replicas have the write.
    fn reached(&self, request: &Request, values: Vec<Value>) -> Result<Value, RedisFailure> {
        let mut values = values.into_iter();
        let value = values.next().unwrap_or_default();
        if !request.is_awaited() || self.replicas == 0 {
            return Ok(value);
        }
        match values.next() {
            Some(Value::Int(reached)) => {
                let reached = u32::try_from(reached).unwrap_or(0);
                if reached >= self.replicas {
                    return Ok(value);
                }
                let (address, wanted) = (Arc::clone(&self.shown), self.replicas);
                Err(RedisFailure::TooFewReplicas { address, reached, wanted })
            }
            Some(Value::ServerError(error)) => {
                Err(RedisFailure::Unknown { address: Arc::clone(&self.shown), source: error.into() })
            }
            _ => {
                let source = std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into();
                Err(RedisFailure::Unknown { address: Arc::clone(&self.shown), source })
            }
        }
    }

    /// Stops using the current connection: a response on it may belong to another request.
    pub fn distrust(&self) {
        self.line.distrust();
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.line.close();
        self.awaiting.iter().for_each(|line| line.close());
        self.asides.lock().await.clear();
    }
}

/// The result of an attempt.
enum Attempt {
    Answered(Vec<Value>),
    Failed(RedisError),
    /// No connection could be established for it.
    Unconnected(RedisError),
}

impl From<RedisResult<Vec<Value>>> for Attempt {
    fn from(answer: RedisResult<Vec<Value>>) -> Self {
        answer.map_or_else(Self::Failed, Self::Answered)
    }
}
