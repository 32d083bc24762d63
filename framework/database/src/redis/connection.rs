//! Runs commands on any kind of Redis deployment.

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
    command::{RedisCommand, RedisReply},
    dialer::Dialer,
    error::RedisCommandError,
    error_class::ErrorClass,
    managed_connection::ManagedConnection,
    topology::Topology,
    transport::{first_succeeded, pipeline},
};
use crate::{connection::Connection, error::DatabaseError};

/// The pause between two attempts of a command that was refused temporarily. It doubles with each attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const MAX_PAUSE: Duration = Duration::from_millis(200);
/// The shortest time between two searches for the master. During a failover, many commands are refused at once.
const MASTER_SEARCH_INTERVAL: Duration = Duration::from_millis(100);
/// A connection younger than this is not replaced because of an unreadable reply: the value may simply be stored that
/// way, and reading it again and again must not cost everybody the connection.
const MIN_SUSPECT_AGE: Duration = Duration::from_secs(1);

/// A connection to Redis: to one server, to a master that sentinels report, or to a Cluster.
///
/// All tasks share it, and it reconnects on its own. A command whose connection broke is retried once. The caller
/// decides whether it may have been carried out twice ([`RedisReply::is_repeated`]). In every case there is a reply or
/// an error within `connect_timeout` plus `response_timeout`.
pub struct RedisConnection {
    dialer: Arc<Dialer>,
    /// The address without its password, for messages.
    pub(super) address: Arc<str>,
    shared: Arc<ManagedConnection>,
    /// Connections for commands that wait for replicas, because they block the commands behind them.
    replicated: Vec<Arc<ManagedConnection>>,
    next: AtomicUsize,
    /// Nodes that the Cluster redirects us to (`ASK`) while it moves a slot. The client may not know them yet.
    ask_nodes: Mutex<HashMap<String, MultiplexedConnection>>,
    replicas: u32,
}

impl RedisConnection {
    /// Creates a connection that the first command opens. `replicas` is the number of replicas that
    /// [replicated](RedisCommand::replicated) commands wait for.
    ///
    /// # Errors
    /// Returns an error if its URL or certificates are invalid.
    pub fn new(root: &Path, connection: &Connection, replicas: u32) -> Result<Self, DatabaseError> {
        let dialer = Arc::new(Dialer::new(root, connection)?);
        let count = if replicas == 0 { 0 } else { connection.config.max_connections.saturating_sub(1).max(1) };
        Ok(Self {
            address: dialer.topology.to_string().into(),
            shared: Arc::new(ManagedConnection::new(Arc::clone(&dialer))),
            replicated: (0..count).map(|_| Arc::new(ManagedConnection::new(Arc::clone(&dialer)))).collect(),
            next: AtomicUsize::new(0),
            ask_nodes: Mutex::default(),
            dialer,
            replicas,
        })
    }

    /// True if keys are spread over several servers, so that a script can only access the keys of one slot.
    pub fn is_cluster(&self) -> bool {
        matches!(self.dialer.topology, Topology::Cluster(_))
    }

    /// Runs a command.
    ///
    /// # Errors
    /// Returns an error if there is no reply, or if the command is refused.
    pub async fn run(&self, mut command: RedisCommand) -> Result<RedisReply, RedisCommandError> {
        let limit = self.dialer.connect_timeout + self.dialer.response_timeout;
        let deadline = Instant::now() + limit;
        let (mut pause, mut is_repeated, mut ask_node) = (FIRST_PAUSE, false, None);
        loop {
            let attempt = self.attempt(&command, is_repeated, ask_node.take());
            let Ok(attempt) = tokio::time::timeout_at(deadline.into(), attempt).await else {
                return Err(RedisCommandError::Timeout { address: self.address(), waited: limit });
            };
            let (error, has_connection) = match attempt {
                Ok(values) => {
                    return Ok(RedisReply { value: self.replicated_value(&command, values)?, is_repeated });
                }
                Err(failed) => failed,
            };
            let class = ErrorClass::of(&error);
            match class {
                ErrorClass::TryLater | ErrorClass::NotMaster if Instant::now() + pause < deadline => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(MAX_PAUSE);
                    continue;
                }
                ErrorClass::Ask(node) => {
                    ask_node = Some(node);
                    continue;
                }
                ErrorClass::UnknownScript if command.send_script_text() => continue,
                ErrorClass::Disconnected if has_connection && !is_repeated => {
                    is_repeated = true;
                    continue;
                }
                _ => {}
            }
            let (address, waited) = (self.address(), self.dialer.response_timeout);
            return Err(match class {
                // The outcome of the first attempt is unknown, whatever the outcome of this one is.
                _ if is_repeated => RedisCommandError::Unknown { address, source: error },
                _ if !has_connection => RedisCommandError::Unreachable { address, source: error },
                ErrorClass::Timeout => RedisCommandError::Timeout { address, waited },
                _ => RedisCommandError::Refused { address, source: error },
            });
        }
    }

    /// Makes one attempt. An error comes with whether there was a connection to send the command on.
    async fn attempt(
        &self,
        command: &RedisCommand,
        is_repeated: bool,
        ask_node: Option<String>,
    ) -> Result<Vec<Value>, (RedisError, bool)> {
        let wait = (command.is_replicated && self.replicas > 0).then(|| {
            // Half of the response timeout, so that the number of replicas still arrives in time.
            let limit = u64::try_from(self.dialer.response_timeout.as_millis() / 2).unwrap_or(u64::MAX);
            let mut wait = redis::cmd("WAIT");
            wait.arg(self.replicas).arg(limit);
            wait
        });
        if let Some(node) = ask_node {
            return self.ask(node, command, wait.as_ref()).await.map_err(|error| (error, true));
        }
        let connection = match &wait {
            Some(_) => &self.replicated[self.next.fetch_add(1, Ordering::Relaxed) % self.replicated.len()],
            None => &self.shared,
        };
        let (mut transport, generation) = connection.transport().await.map_err(|error| (error, false))?;
        let reply = transport.send(command, wait.as_ref()).await;
        match reply.as_ref().map_err(ErrorClass::of) {
            Err(ErrorClass::Timeout) => connection.replace(generation),
            // The Cluster client reconnects its nodes on its own.
            Err(ErrorClass::Disconnected) if !self.is_cluster() || is_repeated => {
                connection.discard(Some(generation), Duration::ZERO);
            }
            Err(ErrorClass::NotMaster) if !self.is_cluster() => {
                connection.discard(Some(generation), MASTER_SEARCH_INTERVAL);
            }
            _ => {}
        }
        reply.map_err(|error| (error, true))
    }

    /// Sends the command to the node that the key is moving to.
    async fn ask(&self, node: String, command: &RedisCommand, wait: Option<&Cmd>) -> RedisResult<Vec<Value>> {
        let known = self.ask_nodes.lock().await.get(&node).cloned();
        let mut connection = match known {
            Some(connection) => connection,
            None => {
                let connection = self.dialer.dial_node(&node).await?;
                self.ask_nodes.lock().await.insert(node.clone(), connection.clone());
                connection
            }
        };
        let asking = redis::cmd("ASKING");
        let commands = pipeline([&asking, &command.command].into_iter().chain(wait));
        let replies = connection.send_packed_commands(&commands, 0, commands.len()).await;
        if replies.is_err() {
            self.ask_nodes.lock().await.remove(&node);
        }
        // The first reply is the one to ASKING.
        first_succeeded(replies.map(|values| values.into_iter().skip(1).collect()))
    }

    /// Returns the value of a reply, if enough replicas have the write.
    fn replicated_value(&self, command: &RedisCommand, values: Vec<Value>) -> Result<Value, RedisCommandError> {
        let mut values = values.into_iter();
        let value = values.next().unwrap_or_default();
        if !command.is_replicated || self.replicas == 0 {
            return Ok(value);
        }
        let source = match values.next() {
            Some(Value::Int(reached)) => {
                let (reached, wanted) = (u32::try_from(reached).unwrap_or(0), self.replicas);
                if reached >= wanted {
                    return Ok(value);
                }
                return Err(RedisCommandError::TooFewReplicas { address: self.address(), reached, wanted });
            }
            Some(Value::ServerError(error)) => error.into(),
            _ => std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into(),
        };
        Err(RedisCommandError::Unknown { address: self.address(), source })
    }

    fn address(&self) -> Arc<str> {
        Arc::clone(&self.address)
    }

    /// Has the next command open another connection, unless the current one is new. Call it when a reply is unreadable:
    /// it may belong to another command, and so may all that follow on that connection.
    pub fn reconnect(&self) {
        self.shared.discard(None, MIN_SUSPECT_AGE);
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.replicated.iter().chain([&self.shared]).for_each(|connection| connection.discard(None, Duration::ZERO));
        self.ask_nodes.lock().await.clear();
    }
}
