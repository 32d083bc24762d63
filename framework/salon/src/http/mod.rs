//! HTTP: requests, responses, bodies, cookies, middleware, extractors, redirects, and the server.

mod accept;
pub(crate) mod address;
mod body;
mod body_budget;
mod context;
pub mod cookie;
pub(crate) mod endpoint;
pub(crate) mod entity_tag;
mod error;
pub mod extract;
mod helpers;
mod hosts;
mod layer;
mod matched_route;
pub(crate) mod middleware;
mod middleware_list;
pub(crate) mod panicked;
pub(crate) mod pattern;
mod peer;
mod proxies;
pub(crate) mod public_files;
mod redirect;
mod request;
mod response;
mod server;
mod shutdown;
pub mod upgrade;
mod urls;

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};

pub use body::{Body, BodyError};
pub use context::Context;
pub(crate) use context::REQUEST_ID;
pub use cookie::{Cookie, SameSite};
pub use error::{Error, ErrorReport, Result, abort};
pub use extract::Json;
pub use helpers::{NoSession, session, try_session};
pub(crate) use hosts::Hosts;
#[doc(hidden)]
pub use layer::ResumeNext;
pub use layer::from_layer;
pub(crate) use matched_route::show_methods;
pub use matched_route::{MatchedRoute, RouteInfo};
pub use middleware::{Middleware, Next};
pub(crate) use middleware_list::MiddlewareEntry;
pub use middleware_list::MiddlewareList;
pub use panicked::Panicked;
pub use pattern::PatternError;
pub use peer::Peer;
pub(crate) use proxies::Proxies;
pub use redirect::{Redirect, local_path, redirect};
pub use request::{BODY_LIMIT, MissingContext, Request};
pub use response::{Html, IntoResponse, Response};
pub(crate) use server::{HEALTH_CHECKS, Inherited};
pub use server::{Listener, Server, ServerError, ServerOptions};
#[cfg(feature = "tls")]
pub use server::{Tls, TlsError};
pub use shutdown::Shutdown;
pub use urls::{UrlError, Urls};
