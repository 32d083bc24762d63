//! A request body that must arrive in time.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{connections::Place, options::ServerOptions};
use crate::{http::BodyError, session::BoxError};

/// A request body that fails unless it arrives in time: within `transfer_timeout`, and a second for each `min_rate` bytes.
///
/// A body that arrives with its head, as most do, needs no timer.
pub(super) struct TimedBody<B: HttpBody> {
    body: B,
    options: ServerOptions,
    began: Instant,
    received: u64,
    is_complete: bool,
    /// Set while the next bytes have not arrived.
    deadline: Option<Pin<Box<Sleep>>>,
    /// The connection that it comes over.
    place: Option<Arc<Place>>,
}

impl<B: HttpBody> TimedBody<B> {
    pub(super) fn new(body: B, options: ServerOptions, place: Option<Arc<Place>>) -> Self {
        Self { body, options, began: Instant::now(), received: 0, is_complete: false, deadline: None, place }
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
                Poll::Ready(frame)
            }
            Poll::Pending => {
                let end = body.began + body.options.transfer_time(body.received);
                let deadline = body.deadline.get_or_insert_with(|| Box::pin(sleep_until(end)));
                if deadline.deadline() != end {
                    deadline.as_mut().reset(end);
                }
                deadline.as_mut().poll(context).map(|()| Some(Err(BodyError::TooSlow)))
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
    use std::time::Duration;

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
        let body = TimedBody::new(StreamBody::new(Box::pin(pieces)), options, None);
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
