//! Answers that take long: streams of events, connections with another protocol, and handlers that wait for the shutdown.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::StreamBody;
use hyper::body::Frame;
use salon::{
    Result,
    http::{
        Body, BodyError, HeaderValue, Request, Response, Shutdown, StatusCode, extract::Query, header, upgrade::TokioIo,
    },
    routing::Router,
};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    select,
    time::sleep,
};

use crate::gate::Gate;

pub(crate) fn routes(route: &mut Router) {
    route.get("/wait", wait);
    route.get("/events", || async { events(ticks()) });
    // One event, and then nothing for ever.
    route.get("/quiet-events", || async { events(ticks().take(1).chain(stream::pending())) });
    route.get("/polite-events", |shutdown: Shutdown| async move { events(ticks().take_until(shutdown.begun())) });
    route.get("/upgrade", upgrade);
    route.get("/large", large);
    route.post("/large", large);
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

/// Answers when the server stops.
async fn wait(shutdown: Shutdown, Query(gate): Query<Gate>) -> Result<&'static str> {
    gate.wait().await?;
    shutdown.begun().await;
    Ok("goodbye")
}

/// More events than anybody can count.
fn ticks() -> impl Stream<Item = Result<Frame<Bytes>, BodyError>> + Send + 'static {
    stream::unfold((), |()| async {
        sleep(Duration::from_millis(20)).await;
        Some((Ok(Frame::data(Bytes::from_static(b"data: tick\n\n"))), ()))
    })
}

fn events(stream: impl Stream<Item = Result<Frame<Bytes>, BodyError>> + Send + 'static) -> Response {
    let mut response = Response::new(Body::new(StreamBody::new(stream)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

/// Echoes what it reads. With `?polite` it says goodbye when the server stops.
async fn upgrade(mut request: Request) -> Response {
    let mut response = Response::new(Body::empty());
    let Some(upgrade) = request.take_upgrade() else {
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        return response;
    };
    let is_polite = request.query() == Some("polite");
    let shutdown = request.shutdown();
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let mut connection = TokioIo::new(upgraded);
        let mut heard = [0; 64];
        loop {
            select! {
                () = shutdown.begun(), if is_polite => {
                    let _ = connection.write_all(b"goodbye").await;
                    return;
                }
                read = connection.read(&mut heard) => match read {
                    Ok(length) if length > 0 => {
                        if connection.write_all(&heard[..length]).await.is_err() {
                            return;
                        }
                    }
                    Ok(_) | Err(_) => return,
                },
            }
        }
    });
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("echo"));
    response
}
