//! A tower service that is not axum's.

use std::{convert::Infallible, fmt};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use salon_session::{CsrfLayer, Session, Sessions};
use tower::{Service, ServiceBuilder, ServiceExt};

use crate::ledger::Ledger;

/// An error that is not `std::error::Error`.
#[derive(Debug, PartialEq, Eq)]
struct Odd(&'static str);

/// A request body of our own.
struct Parcel(Vec<u8>);

async fn count(request: Request<Parcel>) -> Result<Response<Full<Bytes>>, Odd> {
    let session = request.extensions().get::<Session>().ok_or(Odd("no session"))?.clone();
    let count = session.increment("visits").map_err(|_| Odd("no number"))?;
    match request.into_body() {
        Parcel(bytes) if bytes.is_empty() => Ok(Response::new(count.to_string().into())),
        Parcel(_) => Err(Odd("a full parcel")),
    }
}

fn request(cookie: &str, parcel: &[u8]) -> Request<Parcel> {
    Request::builder().header("cookie", cookie).body(Parcel(parcel.to_vec())).unwrap()
}

async fn text<E: fmt::Debug>(response: Response<Full<Bytes>>) -> Result<String, E> {
    let Ok(body) = response.into_body().collect().await;
    Ok(String::from_utf8(body.to_bytes().to_vec()).unwrap())
}

#[tokio::test]
async fn any_service_has_sessions_whatever_its_bodies_and_errors() {
    let ledger = Ledger::default();
    let sessions = Sessions::custom(ledger.clone()).await.unwrap();
    let mut service = ServiceBuilder::new().layer(sessions.layer()).service_fn(count);
    let first = service.ready().await.unwrap().call(request("", b"")).await.unwrap();
    let cookie = first.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(text::<Infallible>(first).await.unwrap(), "1");
    // An error of the service passes through, and its changes are dropped.
    let error = service.ready().await.unwrap().call(request(&cookie, b"x")).await.unwrap_err();
    assert_eq!(error, Odd("a full parcel"));
    let second = service.ready().await.unwrap().call(request(&cookie, b"")).await.unwrap();
    assert_eq!(text::<Infallible>(second).await.unwrap(), "2");

    ledger.set_down(true);
    let refused = service.ready().await.unwrap().call(request(&cookie, b"")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text::<Infallible>(refused).await.unwrap().starts_with("Service unavailable."));
}

#[tokio::test]
async fn any_service_is_protected_from_forged_requests() {
    let sessions = Sessions::memory().await.unwrap();
    let echo = async |request: Request<Full<Bytes>>| Ok::<_, Infallible>(Response::new(request.into_body()));
    let service = ServiceBuilder::new().layer(sessions.layer()).layer(CsrfLayer::new()).service_fn(echo);
    let request = |method| Request::builder().method(method).body(Full::from("tea")).unwrap();
    assert_eq!(service.clone().oneshot(request(Method::GET)).await.unwrap().status(), StatusCode::OK);
    assert_eq!(service.oneshot(request(Method::POST)).await.unwrap().status().as_u16(), 419);
}
