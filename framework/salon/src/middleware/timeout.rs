//! `Timeout`: how long a handler may take.

use std::{num::NonZeroU32, time::Duration};

use http::{HeaderValue, StatusCode, header};

use crate::http::{IntoResponse, Middleware, Next, Request, Response, abort};

/// Answers with 503 and `Retry-After` if the handler, and the middleware inside of this one, take longer. The work is dropped
/// at the place where it waits, and the session stays as it was. `request_timeout` in `config/server.toml` is the limit for
/// every request; this one can only be shorter.
///
/// As an alias on routes: `"timeout:5"` is five seconds.
///
/// ```
/// use salon::{middleware::Timeout, routing::MiddlewareAliases};
///
/// let aliases = MiddlewareAliases::new().alias_with("timeout", Timeout::parse);
/// # let _ = aliases;
/// assert!(Timeout::parse(&["soon"]).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout {
    after: Duration,
}

/// The argument of `timeout:` is not a number of seconds.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it takes a number of seconds above zero: `timeout:5`")]
pub struct TimeoutError;

impl Timeout {
    /// Allows this long.
    #[must_use]
    pub const fn new(after: Duration) -> Self {
        Self { after }
    }

    /// Parses the argument of an alias, a number of seconds.
    ///
    /// # Errors
    /// Returns an error unless it is one whole number above zero.
    pub fn parse(arguments: &[&str]) -> Result<Self, TimeoutError> {
        let [seconds] = *arguments else { return Err(TimeoutError) };
        let seconds: NonZeroU32 = seconds.trim().parse().map_err(|_| TimeoutError)?;
        Ok(Self::new(Duration::from_secs(seconds.get().into())))
    }
}

impl Middleware for Timeout {
    async fn handle(&self, request: Request, next: Next) -> Response {
        match tokio::time::timeout(self.after, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                tracing::error!(after = ?self.after, "a handler was stopped, because it took longer than its `Timeout`");
                let later = HeaderValue::from_static("1");
                abort(StatusCode::SERVICE_UNAVAILABLE).with_header(header::RETRY_AFTER, later).into_response()
            }
        }
    }
}
