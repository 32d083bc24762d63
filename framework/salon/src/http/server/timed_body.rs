//! A request body that must arrive in time.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{connections::Place, options::ServerOptions};
use crate::{http::BodyError, session::BoxError};

/// When bytes of a body have arrived last. A handler that receives a large body is not stopped meanwhile.
#[derive(Debug)]
pub(super) struct Arrival(Mutex<Instant>);

impl Arrival {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    pub(super) fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request body that fails unless it arrives in time: within `transfer_timeout`, and a second for each `min_rate` bytes.
/// Only the time that its reader has waited for it counts.
///
/// A body that arrives with its head, as most do, needs no timer.
pub(super) struct TimedBody<B: HttpBody> {
    body: B,
    options: ServerOptions,
    received: u64,
    is_complete: bool,
    /// How long its reader has waited so far.
    waited: Duration,
    wait: Option<Wait>,
    arrival: Arc<Arrival>,
    /// The connection that it comes over.
    place: Option<Arc<Place>>,
}

/// Set while the reader waits for the next bytes.
struct Wait {
    since: Instant,
    deadline: Pin<Box<Sleep>>,
}

impl<B: HttpBody> TimedBody<B> {
    pub(super) fn new(body: B, options: ServerOptions, arrival: Arc<Arrival>, place: Option<Arc<Place>>) -> Self {
        Self { body, options, received: 0, is_complete: false, waited: Duration::ZERO, wait: None, arrival, place }
    }
}

impl<B> HttpBody for TimedBody<B>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = &mut *self;
        match Pin::new(&mut body.body).poll_frame(context) {
            Poll::Ready(frame) => {
                let frame = frame.map(|frame| frame.map_err(|error| BodyError::Read(error.into())));
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                body.is_complete |= frame.is_none();
                body.received += data.map_or(0, |data| data.len() as u64);
                if let Some(wait) = body.wait.take() {
                    body.waited += wait.since.elapsed();
                }
                body.arrival.note();
                Poll::Ready(frame)
            }
            Poll::Pending => {
                let left = body.options.transfer_time(body.received).saturating_sub(body.waited);
                let wait = body.wait.get_or_insert_with(|| {
                    let since = Instant::now();
                    Wait { since, deadline: Box::pin(sleep_until(since + left)) }
                });
                wait.deadline.as_mut().poll(context).map(|()| Some(Err(BodyError::TooSlow)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_complete || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: HttpBody> Drop for TimedBody<B> {
    fn drop(&mut self) {
        if let Some(place) = &self.place
            && !self.is_complete
            && !self.body.is_end_stream()
        {
            place.activity().note_unread_body();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::{BodyExt, StreamBody};
    use tokio::{sync::mpsc, task::yield_now};

    use super::*;

    /// Sends a body of this many bytes, one after the other, with this much time at first and for each byte.
    async fn collected(bytes: usize, at_first: Duration, for_each: Duration) -> Result<usize, BodyError> {
        let (sender, receiver) = mpsc::channel(1);
        let pieces = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
        let options = ServerOptions {
            transfer_timeout: at_first,
            min_rate: 1_000 / u64::try_from(for_each.as_millis()).unwrap().clamp(1, 1_000),
            ..ServerOptions::default()
        };
        let body = TimedBody::new(StreamBody::new(Box::pin(pieces)), options, Arc::new(Arrival::new()), None);
        let collecting = tokio::spawn(async { Ok(body.collect().await?.to_bytes().len()) });
        for _ in 0..bytes {
            let piece = Ok::<_, BodyError>(Frame::data(Bytes::from_static(b"x")));
            if sender.send(piece).await.is_err() {
                break;
            }
            yield_now().await;
        }
        if bytes > 0 {
            drop(sender);
        }
        collecting.await.unwrap()
    }

    #[tokio::test]
    async fn sr_62_a_body_that_does_not_arrive_in_time_is_an_error() {
        let error = collected(0, Duration::ZERO, Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(error, BodyError::TooSlow), "{error:?}");
    }

    #[tokio::test]
    async fn sr_62_each_byte_gives_a_body_more_time() {
        assert_eq!(collected(100, Duration::from_secs(60), Duration::from_secs(1)).await.unwrap(), 100);
        let options =
            ServerOptions { transfer_timeout: Duration::from_secs(30), min_rate: 500, ..ServerOptions::default() };
        assert_eq!(options.transfer_time(0), Duration::from_secs(30));
        assert_eq!(options.transfer_time(5_000_000), Duration::from_secs(30 + 10_000));
    }
}
