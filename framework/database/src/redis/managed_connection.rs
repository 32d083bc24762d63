//! A connection that reconnects on its own.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redis::{RedisError, RedisResult};

use super::{dialer::Dialer, transport::Transport};
use salon_core::support::Random;

/// The pause after a first failed attempt to connect. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// A connection that reconnects on its own. However many commands need it, one of them opens it and the others wait. If
/// that fails, they all fail, and nobody retries for a short while.
pub(super) struct ManagedConnection {
    dialer: Arc<Dialer>,
    state: Mutex<State>,
    dialing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    transport: Option<Transport>,
    /// Counts the connections, so that an error on an old one does not affect a new one.
    generation: u64,
    opened: Option<Instant>,
    /// The number of consecutive failed attempts.
    failed: u32,
    /// Until when nobody retries, and the error to report meanwhile.
    pause: Option<(Instant, RedisError)>,
}

impl ManagedConnection {
    pub(super) fn new(dialer: Arc<Dialer>) -> Self {
        Self { dialer, state: Mutex::default(), dialing: tokio::sync::Mutex::default() }
    }

    /// Returns the connection, opened if there is none, and its generation.
    pub(super) async fn transport(&self) -> RedisResult<(Transport, u64)> {
        if let Some(open) = self.open()? {
            return Ok(open);
        }
        let _dialing = self.dialing.lock().await;
        if let Some(open) = self.open()? {
            return Ok(open);
        }
        self.dial().await
    }

    /// Opens a connection that replaces the current one. The current one is kept if that fails.
    async fn dial(&self) -> RedisResult<(Transport, u64)> {
        let dialed = match tokio::time::timeout(self.dialer.connect_timeout, self.dialer.dial()).await {
            Ok(dialed) => dialed,
            Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        };
        let mut state = self.state();
        match dialed {
            Ok(transport) => {
                let generation = state.generation + 1;
                let (open, opened) = (Some(transport.clone()), Some(Instant::now()));
                *state = State { transport: open, generation, opened, ..State::default() };
                Ok((transport, generation))
            }
            Err(error) => {
                let pause = (FIRST_PAUSE * 2_u32.saturating_pow(state.failed.min(16))).min(MAX_PAUSE);
                state.failed = state.failed.saturating_add(1);
                state.pause = Some((Instant::now() + Random::system().jitter(pause, 0.5..=1.0), error.clone()));
                Err(error)
            }
        }
    }

    /// Has the next command open another connection, unless the current one is younger than `min_age`, or has replaced
    /// the one of the given generation. Commands on the old one end with it.
    pub(super) fn discard(&self, generation: Option<u64>, min_age: Duration) {
        let mut state = self.state();
        let is_current = generation.is_none_or(|generation| generation == state.generation);
        if is_current && state.opened.is_some_and(|opened| opened.elapsed() >= min_age) {
            state.transport = None;
        }
    }

    /// Opens another connection in the background while commands continue on this one. Nothing has arrived on it for a
    /// while, which may be the fault of the server or of the network.
    pub(super) fn replace(self: &Arc<Self>, generation: u64) {
        let connection = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(_dialing) = connection.dialing.try_lock() else { return };
            let is_wanted = {
                let state = connection.state();
                let is_paused = state.pause.as_ref().is_some_and(|(until, _)| *until > Instant::now());
                state.generation == generation && !is_paused
            };
            if is_wanted && let Err(error) = connection.dial().await {
                tracing::debug!(%error, "cannot open another connection to Redis");
            }
        });
    }

    fn open(&self) -> RedisResult<Option<(Transport, u64)>> {
        let state = self.state();
        match (&state.transport, &state.pause) {
            (Some(transport), _) => Ok(Some((transport.clone(), state.generation))),
            (None, Some((until, error))) if Instant::now() < *until => Err(error.clone()),
            _ => Ok(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Code that holds the lock cannot panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
