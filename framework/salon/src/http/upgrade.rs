//! Connections that go on with another protocol than HTTP, such as WebSocket.
//!
//! A client asks with the headers `Connection: upgrade` and `Upgrade`, over HTTP/1.1. The handler takes the upgrade out of the
//! request, and answers 101 with the same headers. The connection is ready once the answer was sent, so a task of its own
//! waits for it. A browser lets any site ask for an upgrade with the visitor's cookies: check the header `Origin` first.
//!
//! ```
//! use http::{StatusCode, header};
//! use salon::http::{Body, Request, Response, upgrade::TokioIo};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};
//!
//! async fn echo(mut request: Request) -> Response {
//!     let mut response = Response::new(Body::empty());
//!     let Some(upgrade) = request.take_upgrade() else {
//!         *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
//!         return response;
//!     };
//!     tokio::spawn(async move {
//!         let (mut reader, mut writer) = split(TokioIo::new(upgrade.await?));
//!         copy(&mut reader, &mut writer).await?;
//!         Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
//!     });
//!     *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
//!     response.headers_mut().insert(header::CONNECTION, "upgrade".parse().unwrap());
//!     response.headers_mut().insert(header::UPGRADE, "echo".parse().unwrap());
//!     response
//! }
//! # let _ = echo;
//! ```
//!
//! An upgraded connection counts as one of the server's connections until it is dropped. It may be silent for as long as it
//! likes: a protocol that wants to notice that its client is gone sends pings. It is closed if its client does not read at
//! all for `transfer_timeout`, and a second after the server has begun to stop. Await [`Shutdown::begun`] to say goodbye
//! before that.
//!
//! [`Shutdown::begun`]: super::Shutdown::begun

pub use hyper::upgrade::{OnUpgrade, Upgraded};
pub use hyper_util::rt::TokioIo;
