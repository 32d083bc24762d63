//! The body of a response on its way to the client.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{
    in_flight::InFlight,
    part::{Part, Transfer},
};
use crate::http::{Body, BodyError, Response};

/// The largest part of a response that is handed to the protocol at once over HTTP/2. The protocol sends no more than the
/// client is willing to receive, and holds the rest of the part in memory meanwhile.
const PART: usize = 16 * 1024;

/// The body of a response. Over HTTP/2 it follows each part until the client has taken it: there, a client that reads nothing
/// does not fill the socket, but closes its window.
pub(super) struct Delivery {
    body: Body,
    /// What is left of a part of the body that was too large.
    rest: Bytes,
    request: Answered,
    /// True for a stream of events, which has no end.
    is_endless: bool,
    /// Completes when the server stops. Set while a stream has nothing to send, or has no end.
    stopping: Option<Pin<Box<dyn Future<Output = &'static str> + Send>>>,
}

/// The request that is answered. It is in flight as long as its body is sent.
enum Answered {
    Http1(InFlight),
    Http2(Arc<Transfer>),
}

impl Answered {
    fn in_flight(&self) -> &InFlight {
        match self {
            Self::Http1(in_flight) => in_flight,
            Self::Http2(transfer) => transfer.in_flight(),
        }
    }
}

impl Delivery {
    pub(super) fn new(body: Body, in_flight: InFlight, is_http2: bool, is_endless: bool) -> Self {
        let request = if is_http2 {
            Answered::Http2(Transfer::new(in_flight, body.size_hint().exact().unwrap_or_default()))
        } else {
            Answered::Http1(in_flight)
        };
        Self { body, rest: Bytes::new(), request, is_endless, stopping: None }
    }

    /// Asks the body for its next part. A stream without a known end fails if the server stops while it has nothing to send,
    /// and a stream of events even if it has, so that its client learns that something is missing, and asks again.
    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.is_endless
            && let Poll::Ready(error) = self.poll_stopping(context)
        {
            return Poll::Ready(Some(Err(error)));
        }
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending if self.body.size_hint().exact().is_none() => {
                self.poll_stopping(context).map(|error| Some(Err(error)))
            }
            polled => {
                if !self.is_endless {
                    self.stopping = None;
                }
                polled
            }
        }
    }

    /// Completes with the error for a stream that must end because the server stops.
    fn poll_stopping(&mut self, context: &mut Context<'_>) -> Poll<BodyError> {
        let activity = self.request.in_flight().activity();
        let stopping = self.stopping.get_or_insert_with(|| Box::pin(activity.end()));
        stopping.as_mut().poll(context).map(|reason| BodyError::Read(reason.into()))
    }
}

/// True for a stream of events, which has no end. Most responses have a known size, and cost no look at their headers.
pub(super) fn is_endless(response: &Response) -> bool {
    let is_event_stream = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/event-stream");
    response.body().size_hint().exact().is_none()
        && response.headers().get(header::CONTENT_TYPE).is_some_and(is_event_stream)
}

impl HttpBody for Delivery {
    type Data = Part;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Part>, BodyError>>> {
        let this = &mut *self;
        let Answered::Http2(transfer) = &this.request else {
            return this.poll_body(context).map_ok(|frame| frame.map_data(Part::new));
        };
        let transfer = Arc::clone(transfer);
        let mut part = if this.rest.is_empty() {
            match ready!(this.poll_body(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame.map_data(Part::new)))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        } else {
            mem::take(&mut this.rest)
        };
        this.rest = part.split_off(part.len().min(PART));
        Poll::Ready(Some(Ok(Frame::data(Part::of(&transfer, part)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}
