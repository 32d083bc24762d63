//! A request body that must arrive in time.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::options::ServerOptions;
use crate::http::BodyError;

/// A request body that fails unless it arrives in time: within `transfer_timeout`, and a second for each `min_rate` bytes.
///
/// A body that arrives with its head, as most do, needs no timer.
pub(super) struct TimedBody {
    body: Incoming,
    options: ServerOptions,
    began: Instant,
    received: u64,
    /// Set while the next bytes have not arrived.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl TimedBody {
    pub(super) fn new(body: Incoming, options: ServerOptions) -> Self {
        Self { body, options, began: Instant::now(), received: 0, deadline: None }
    }
}

impl HttpBody for TimedBody {
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
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
