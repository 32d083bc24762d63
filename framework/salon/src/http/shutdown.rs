//! The shutdown of the server, as handlers and streams see it.

use tokio_util::sync::CancellationToken;

use super::{Error, Request, extract::FromRequestParts};

/// The shutdown of the server. It is an extractor, and `request.shutdown()` returns it; it is a cheap handle.
///
/// Handlers that wait for something, and streams that have no end, watch it, so that they end when the server stops. Others
/// need not: a request in flight may finish.
///
/// ```
/// use std::time::Duration;
///
/// use futures_util::{StreamExt, stream};
/// use http_body::Frame;
/// use http_body_util::StreamBody;
/// use salon::http::{Body, BodyError, Shutdown};
///
/// /// One event per second, until the server stops.
/// async fn clock(shutdown: Shutdown) -> Body {
///     let ticks = stream::unfold((), |()| async {
///         tokio::time::sleep(Duration::from_secs(1)).await;
///         Some((Ok::<_, BodyError>(Frame::data("data: tick\n\n".into())), ()))
///     });
///     Body::new(StreamBody::new(ticks.take_until(shutdown.begun())))
/// }
/// # let _ = clock;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    announced: CancellationToken,
    begun: CancellationToken,
}

impl Shutdown {
    /// True once the process was asked to stop. With `shutdown_delay` it still accepts connections for that long, but
    /// `/health/ready` answers 503.
    #[must_use]
    pub fn is_announced(&self) -> bool {
        self.announced.is_cancelled()
    }

    /// True once the server has stopped accepting connections.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until the server stops accepting connections. Requests in flight may take up to `shutdown_timeout` from then
    /// on; event streams and upgraded connections are closed a second later.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + use<> {
        self.begun.clone().cancelled_owned()
    }

    pub(crate) fn announce(&self) {
        self.announced.cancel();
    }

    pub(crate) fn begin(&self) {
        self.announce();
        self.begun.cancel();
    }
}

impl FromRequestParts for Shutdown {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        Ok(request.shutdown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_shutdown_is_announced_before_it_begins() {
        let shutdown = Shutdown::default();
        let begun = shutdown.begun();
        shutdown.announce();
        assert!(shutdown.is_announced() && !shutdown.has_begun());
        shutdown.begin();
        begun.await;
        assert!(shutdown.has_begun());
    }
}
