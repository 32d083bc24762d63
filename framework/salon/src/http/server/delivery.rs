//! The body of a response on its way to the client.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::connections::Place;
use crate::http::{Body, BodyError, Response};

/// The largest part of a response that is handed to the protocol at once over HTTP/2. The protocol sends no more than the
/// client is willing to receive, and holds the rest of the part in memory meanwhile.
const PART: usize = 16 * 1024;

/// A request in flight. It has ended when this is dropped.
pub(super) struct InFlight(Arc<Place>);

impl InFlight {
    /// Notes a request that has arrived. Returns also whether it may be handled: its address may have too many in flight.
    pub(super) fn begin(place: &Arc<Place>, is_http2: bool) -> (Self, bool) {
        let may_be_handled = place.begin_request(is_http2);
        (Self(Arc::clone(place)), may_be_handled)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.end_request();
    }
}

/// The body of a response. Over HTTP/2 it notes how much of it the client has taken: there, a client that reads nothing does
/// not fill the socket, but closes its window.
pub(super) struct Delivery {
    body: Body,
    /// What is left of a part of the body that was too large.
    rest: Bytes,
    account: Option<Account>,
    in_flight: InFlight,
    /// True for a stream of events, which has no end.
    is_endless: bool,
    /// Completes when the server stops. Set while a stream has nothing to send, or has no end.
    stopping: Option<Pin<Box<dyn Future<Output = &'static str> + Send>>>,
}

struct Account {
    /// The bytes that are still counted as undelivered.
    left: u64,
    /// True while the protocol holds a part that it has not asked for more after.
    is_waiting: bool,
}

impl Delivery {
    pub(super) fn new(body: Body, in_flight: InFlight, is_http2: bool, is_endless: bool) -> Self {
        let account = is_http2.then(|| {
            let left = body.size_hint().exact().unwrap_or_default();
            in_flight.0.activity().begin_delivery(left);
            Account { left, is_waiting: false }
        });
        Self { body, rest: Bytes::new(), account, in_flight, is_endless, stopping: None }
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
        let activity = self.in_flight.0.activity();
        let stopping = self.stopping.get_or_insert_with(|| Box::pin(activity.end()));
        stopping.as_mut().poll(context).map(|reason| BodyError::Read(reason.into()))
    }

    fn set_waiting(&mut self, is_waiting: bool) {
        if let Some(account) = &mut self.account
            && account.is_waiting != is_waiting
        {
            account.is_waiting = is_waiting;
            self.in_flight.0.activity().note_waiting(is_waiting);
        }
    }

    /// Notes that the protocol has taken bytes.
    fn deliver(&mut self, bytes: u64) {
        let Some(account) = &mut self.account else { return };
        let delivered = account.left.min(bytes);
        account.left -= delivered;
        self.in_flight.0.activity().deliver(delivered, self.in_flight.0.now());
    }
}

/// True for a stream of events, which has no end. Most responses have a known size, and cost no look at their headers.
pub(super) fn is_endless(response: &Response) -> bool {
    let is_event_stream = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/event-stream");
    response.body().size_hint().exact().is_none()
        && response.headers().get(header::CONTENT_TYPE).is_some_and(is_event_stream)
}

impl HttpBody for Delivery {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if this.account.is_none() {
            return this.poll_body(context);
        }
        let data = if this.rest.is_empty() {
            match this.poll_body(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => {
                    // It is the app that has nothing to send, or there is nothing left.
                    this.set_waiting(false);
                    return other;
                }
            }
        } else {
            std::mem::take(&mut this.rest)
        };
        let mut part = data;
        this.rest = part.split_off(part.len().min(PART));
        this.deliver(part.len() as u64);
        this.set_waiting(true);
        Poll::Ready(Some(Ok(Frame::data(part))))
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

impl Drop for Delivery {
    fn drop(&mut self) {
        self.set_waiting(false);
        self.deliver(u64::MAX);
    }
}
