//! Salon, a web framework whose first concern is the session.
//!
//! An app consists of a [`Kernel`] that says which middleware runs where, routes that lead to handlers, and templates.
//! Handlers are plain `async fn`s: their arguments are what they need from the request, and they return the response.
//! The session is one of the possible arguments.
//!
//! ```
//! use salon::http::MiddlewareList;
//! use salon::middleware::{StartSession, VerifyCsrfToken};
//! use salon::prelude::*;
//! use salon::routing::{MiddlewareGroups, Router};
//! use salon::{Application, ApplicationBuilder};
//!
//! struct Kernel;
//!
//! impl salon::Kernel for Kernel {
//!     fn groups(&self) -> MiddlewareGroups {
//!         MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
//!     }
//! }
//!
//! async fn home(session: Session) -> Result<String> {
//!     let message: Option<String> = session.get_flash("success")?;
//!     Ok(format!("Visit number {}. {}", session.increment("visits")?, message.unwrap_or_default()))
//! }
//!
//! async fn forget(session: Session) -> Result<Redirect> {
//!     session.invalidate()?;
//!     Ok(redirect().route("home").with("success", "You are forgotten."))
//! }
//!
//! fn web(route: &mut Router) {
//!     route.get("/", home).name("home");
//!     route.post("/forget", forget);
//! }
//!
//! /// `main` passes this to `salon::main`, tests pass it to `TestApp`.
//! fn app() -> ApplicationBuilder {
//!     Application::configure().kernel(Kernel).routes("web", web)
//! }
//!
//! # salon::doc_support::block_on(async {
//! # let mut app = salon::testing::TestApp::new(app().root("no-such-folder")).await;
//! app.get("/").await.assert_see("Visit number 1.");
//! app.get("/").await.assert_see("Visit number 2.");
//! app.post("/forget", &()).await.assert_redirect("/");
//! app.get("/").await.assert_see("Visit number 1. You are forgotten.");
//! # });
//! ```
//!
//! Start with the [guide]. Its page about the [session](guide::session) says what each method does, how parallel
//! requests are merged, and when a flash value is removed. `salon new` creates a new app.
//!
//! | module | content |
//! |---|---|
//! | [`mod@session`] | [`Session`](session::Session), the handle that handlers hold; [`Driver`](session::Driver) and [`Store`](session::Store), for sessions stored elsewhere |
//! | [`prelude`] | what a typical controller imports |
//! | [`http`], [`routing`], [`middleware`] | requests and responses, extractors, routes, and middleware |
//! | [`view`], [`validation`] | templates and their helpers; validated forms |
//! | [`config`], [`foundation`], [`facades`] | the configuration, the application and its providers, and access to services from anywhere |
//! | [`testing`] | tests of the whole app |
//! | [`database`] | connections to databases and servers, by name |
//! | [`encryption`], [`support`] | keys, clock and container |

pub mod config;
#[doc(hidden)]
pub mod console;
#[doc(hidden)]
pub mod doc_support;
pub mod foundation;
pub mod guide;
pub mod http;
mod macros;
pub mod middleware;
pub mod prelude;
pub mod routing;
pub mod testing;
pub mod validation;
pub mod view;

pub use salon_core::{encryption, support};
pub use salon_database as database;
pub use salon_session as session;

#[doc(inline)]
pub use console::main;
pub use foundation::{Application, ApplicationBuilder, BootError, Kernel, ServiceProvider, facades};
pub use http::{Error, Result, session, try_session};

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
