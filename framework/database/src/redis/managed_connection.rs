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

/// A connection that reconnects on its own. However many requests need it, one of them opens it and the others wait. If
/// that fails, they all fail, and nobody retries for a short while.
pub(super) struct ManagedConnection {
    dialer: Arc<Dialer>,
    random: Random,
    state: Mutex<State>,
    dialing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    link: Option<Transport>,
    /// Identifies the connection, so that a failure of an old one does not affect a new one.
    number: u64,
    opened: Option<Instant>,
    /// The number of consecutive failed attempts.
    failed: u32,
    pause: Option<(Instant, RedisError)>,
}

impl ManagedConnection {
    pub(super) fn new(dialer: Arc<Dialer>) -> Self {
        Self { dialer, random: Random::system(), state: Mutex::default(), dialing: tokio::sync::Mutex::default() }
    }

    /// Returns the connection, opened if there is none, and its number.
    pub(super) async fn link(&self) -> RedisResult<(Transport, u64)> {
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
        let patience = self.dialer.connect_timeout;
        let dialed = match tokio::time::timeout(patience, self.dialer.dial()).await {
            Ok(dialed) => dialed,
            Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        };
        let mut state = self.state();
        match dialed {
            Ok(link) => {
                let number = state.number + 1;
                *state = State { link: Some(link.clone()), number, opened: Some(Instant::now()), ..State::default() };
                Ok((link, number))
            }
            Err(error) => {
                let pause = (FIRST_PAUSE * 2_u32.saturating_pow(state.failed.min(16))).min(MAX_PAUSE);
                // Jitter, because many processes lose their connections at the same time.
                let pause = self.random.jitter(pause, 0.5..=1.0);
                state.failed = state.failed.saturating_add(1);
                state.pause = Some((Instant::now() + pause, error.clone()));
                Err(error)
            }
        }
    }

    /// Has the next request open another connection, unless that has already happened. Requests on the old one end with
    /// it.
    pub(super) fn renew(&self, number: u64) {
        let mut state = self.state();
        if state.number == number {
            state.link = None;
        }
    }

    /// Has the next request ask for the current master and open another connection, but less often than requests are
    /// refused.
    pub(super) fn ask_again(&self, number: u64) {
        const OFTEN: Duration = Duration::from_millis(100);
        let mut state = self.state();
        if state.number == number && state.opened.is_some_and(|opened| opened.elapsed() > OFTEN) {
            state.link = None;
        }
    }

    /// Opens another connection in the background while requests continue on this one. Nothing has arrived on it for a
    /// while, which may be the fault of the server or of the network.
    pub(super) fn replace(self: &Arc<Self>, number: u64) {
        let line = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(_dialing) = line.dialing.try_lock() else { return };
            let is_wanted = {
                let state = line.state();
                state.number == number && state.pause.as_ref().is_none_or(|(until, _)| *until <= Instant::now())
            };
            if is_wanted && let Err(error) = line.dial().await {
                tracing::debug!(%error, "cannot open another connection to Redis");
            }
        });
    }

    /// Drops a connection whose responses may belong to other requests, unless it is new. What cannot be read may
    /// simply be stored that way, and asking for it again and again must not cost everybody the connection.
    pub(super) fn distrust(&self) {
        let mut state = self.state();
        if state.opened.is_some_and(|opened| opened.elapsed() > MAX_PAUSE) {
            state.link = None;
        }
    }

    /// Closes the connection.
    pub(super) fn close(&self) {
        self.state().link = None;
    }

    fn open(&self) -> RedisResult<Option<(Transport, u64)>> {
        let state = self.state();
        match (&state.link, &state.pause) {
            (Some(link), _) => Ok(Some((link.clone(), state.number))),
            (None, Some((until, error))) if Instant::now() < *until => Err(error.clone()),
            _ => Ok(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Code that holds the lock cannot panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
