//! Runs requests on whichever kind of Redis there is.

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

/// Between two attempts of a request that was refused for now; it doubles with each one.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const MAX_PAUSE: Duration = Duration::from_millis(200);

/// A connection to Redis: to one server, to a master that sentinels name, or to a Cluster.
///
/// Requests of all tasks share it, and it comes back by itself. A request whose connection broke is sent once more; whether it
/// was carried out twice is for who asks to see ([`Reply::is_repeated`]). Whatever happens, an answer or an error is there
/// within `connect_timeout` and `response_timeout` together.
pub struct RedisConnection {
    dialer: Arc<Dialer>,
    /// For people: without its password.
    pub(super) shown: Arc<str>,
    line: Arc<ManagedConnection>,
    /// Where requests are awaited that replicas must have: they hold up what comes behind them.
    awaiting: Vec<Arc<ManagedConnection>>,
    next: AtomicUsize,
    /// Nodes that the Cluster sends us to while it moves a slot: the client need not know them yet.
    asides: Mutex<HashMap<String, MultiplexedConnection>>,
    replicas: u32,
}

impl RedisConnection {
    /// A connection that is opened by its first request. `replicas` are wanted for what is [awaited](Request::awaited).
    ///
    /// # Errors
    /// Its URL or certificates cannot be used.
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

    /// Whether keys lie on several servers, so that a script sees those of one slot only.
    pub fn is_cluster(&self) -> bool {
        matches!(self.dialer.address(), Address::Cluster(_))
    }

    /// Runs a request.
    ///
    /// # Errors
    /// No answer, or a refusal.
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
                // What became of it the first time is not known, whatever became of it now.
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

    /// One attempt.
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
            // The client of a Cluster looks after its nodes by itself.
            Err(Fault::Broken) if !self.is_cluster() || is_repeated => line.renew(number),
            Err(Fault::Elsewhere) if !self.is_cluster() => line.ask_again(number),
            _ => {}
        }
        answer.into()
    }

    /// Asks the node that a key is on its way to.
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
        // Behind the answer to ASKING.
        first_succeeded(answer.map(|values| values.into_iter().skip(1).collect()))
    }

    /// The answer itself, if as many replicas have it as must.
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

    /// Asks no more on the connection that there is: an answer on it may be somebody else's.
    pub fn distrust(&self) {
        self.line.distrust();
    }

    /// Lets go of all connections.
    pub async fn close(&self) {
        self.line.close();
        self.awaiting.iter().for_each(|line| line.close());
        self.asides.lock().await.clear();
    }
}

/// What became of an attempt.
enum Attempt {
    Answered(Vec<Value>),
    Failed(RedisError),
    /// There was no connection to make it on.
    Unconnected(RedisError),
}

impl From<RedisResult<Vec<Value>>> for Attempt {
    fn from(answer: RedisResult<Vec<Value>>) -> Self {
        answer.map_or_else(Self::Failed, Self::Answered)
    }
}
