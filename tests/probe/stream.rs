//! Responses that take a while to send: a stream of events, and large pages.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::Frame;
use salon::{
    http::{Body, IntoResponse, Response, extract::Query},
    routing::Router,
};
use serde::Deserialize;

pub(crate) fn routes(route: &mut Router) {
    route.get("/events", events);
    route.get("/large", large);
    route.post("/large", large);
}

/// One event, and then nothing for ever.
struct Events(Option<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.take().map_or(Poll::Pending, |event| Poll::Ready(Some(Ok(Frame::data(event)))))
    }
}

async fn events() -> Response {
    let mut response = Body::new(Events(Some(Bytes::from_static(b"data: hello\n\n")))).into_response();
    response.headers_mut().insert("content-type", "text/event-stream".parse().expect("a header"));
    response
}

#[derive(Deserialize)]
struct Large {
    number: u64,
}

/// Prints that the request is handled.
async fn large(Query(Large { number }): Query<Large>) -> String {
    println!("handled {number}.");
    "x".repeat(100_000)
}
