//! A connection that comes back by itself.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redis::{RedisError, RedisResult};

use super::{dialer::Dialer, transport::Transport};
use salon_core::support::Random;

/// How long nobody tries again after a first attempt that failed; it doubles with each one.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// A connection that comes back by itself. However many requests want it, one of them opens it, and the others wait for that
/// one; when it fails, they all fail, and nobody tries again for a short while.
pub(super) struct ManagedConnection {
    dialer: Arc<Dialer>,
    random: Random,
    state: Mutex<State>,
    dialing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    link: Option<Transport>,
    /// Which one it is, so that an old one's fault takes no new one down.
    number: u64,
    opened: Option<Instant>,
    /// Attempts in a row that failed.
    failed: u32,
    pause: Option<(Instant, RedisError)>,
}

impl ManagedConnection {
    pub(super) fn new(dialer: Arc<Dialer>) -> Self {
        Self { dialer, random: Random::system(), state: Mutex::default(), dialing: tokio::sync::Mutex::default() }
    }

    /// The connection, opened if there is none, and its number.
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

    /// Opens a connection in place of any there, and leaves that one alone if none comes about.
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
                // Many processes lose their connection at once: they come back one after another.
                let pause = pause.mul_f64(0.5 + self.random.fraction() / 2.0);
                state.failed = state.failed.saturating_add(1);
                state.pause = Some((Instant::now() + pause, error.clone()));
                Err(error)
            }
        }
    }

    /// Opens another connection for the next request, unless that has been done since. Requests on the old one end there.
    pub(super) fn renew(&self, number: u64) {
        let mut state = self.state();
        if state.number == number {
            state.link = None;
        }
    }

    /// Opens another connection for the next request, and asks who is the master for it; but not as often as requests are refused.
    pub(super) fn ask_again(&self, number: u64) {
        const OFTEN: Duration = Duration::from_millis(100);
        let mut state = self.state();
        if state.number == number && state.opened.is_some_and(|opened| opened.elapsed() > OFTEN) {
            state.link = None;
        }
    }

    /// Looks for another connection while requests go on with this one: nothing has come back on it for a while, which may
    /// be the server's fault, or that of the way to it.
    pub(super) fn replace(self: &Arc<Self>, number: u64) {
        let line = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(_dialing) = line.dialing.try_lock() else { return };
            let is_wanted = {
                let state = line.state();
                state.number == number && state.pause.as_ref().is_none_or(|(until, _)| *until <= Instant::now())
            };
            if is_wanted && let Err(error) = line.dial().await {
                tracing::debug!(%error, "no other connection to Redis comes about");
            }
        });
    }

    /// Lets go of a connection whose answers may be those to other questions, unless it is new: what cannot be read may be
    /// kept like that, and whoever asks for it again and again costs nobody a connection.
    pub(super) fn distrust(&self) {
        let mut state = self.state();
        if state.opened.is_some_and(|opened| opened.elapsed() > MAX_PAUSE) {
            state.link = None;
        }
    }

    /// Lets go of the connection.
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
        // Nothing under the lock can panic half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
