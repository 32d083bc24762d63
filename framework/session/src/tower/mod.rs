//! Sessions for any tower service, such as an axum app.
//!
//! # In ten lines
//!
//! With `salon-session` and its feature `axum`:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, routing::get};
//! use salon_session::{Session, Sessions};
//!
//! async fn home(session: Session) -> Result<String, salon_session::Error> {
//!     Ok(session.increment("visits")?.to_string())
//! }
//!
//! # async fn sessions() -> Result<Router, salon_session::SessionsError> {
//! let sessions = Sessions::memory().await?;
//! let app = Router::new().route("/", get(home)).layer(sessions.layer());
//! # Ok(app)
//! # }
//! ```
//!
//! # Step by step
//!
//! 1. **Choose where sessions are kept.** [`Sessions`] has a constructor for each driver: `memory`, `file`, `redis`,
//!    `sqlite`, `postgres`, `mysql`, `memcached`, `cookie`, `custom`, and `from_config`. Chain the settings, then await: this
//!    opens the driver, so that a wrong URL stops the start. [`SessionsBuilder`] lists the settings.
//! 2. **Add the layer**, after the routes: [`Sessions::layer`]. It loads the session if the browser sends a cookie, and
//!    saves it before the response is sent. A visitor without a cookie, and with nothing to store, costs the store nothing
//!    and gets no cookie. [`SessionLayer`] says what happens on errors, panics and disconnects.
//! 3. **Take the session** in a handler: the extractor [`Session`](crate::Session), or in another tower service
//!    `request.extensions().get::<Session>()`. Its methods are synchronous and work in memory. The layer merges what parallel
//!    requests have changed, so nothing is lost and nobody waits.
//! 4. **Return its errors.** With the feature `axum`, [`Error`](crate::Error) becomes a response: 503 if the store is
//!    unavailable, otherwise 500, and the cause goes to the log only.
//! 5. **Protect forms** with a second layer, [`CsrfLayer`], and `session.csrf_field()?` in each form.
//! 6. **Let the layer collect.** It spawns a task that removes expired sessions; [`Sessions::collector`] says when and where,
//!    and how to run it yourself. [`Sessions::listen`] reports what happens to sessions.
//!
//! The guide has more: [sessions in an axum app](crate::guide::axum), and
//! [coming from tower-sessions](crate::guide::coming_from_tower_sessions).
//!
//! # For another kind of server
//!
//! [`request_facts`], [`cookie_values`], [`response_facts`] and [`apply_verdict`] translate between HTTP and a
//! [`Visit`](crate::Visit). [`SessionLayer`] and Salon's `StartSession` are made of nothing else.

#[cfg(feature = "axum")]
mod axum;
mod builder;
mod csrf;
mod error;
mod layer;
mod origin;
mod request;
mod response;
mod sessions;
mod source;

#[cfg(feature = "axum")]
pub use self::axum::MissingSession;
#[cfg(feature = "_sql")]
pub use source::SqlSource;
pub use {
    builder::SessionsBuilder,
    csrf::{CsrfLayer, CsrfService, is_form},
    error::SessionsError,
    layer::{SessionLayer, SessionService},
    origin::{OriginCheck, OriginPolicy, is_same_host},
    request::{cookie_pairs, cookie_values, is_prefetch, request_facts, request_host},
    response::{apply_verdict, forbid_sharing, response_facts},
    sessions::Sessions,
    source::ConfigSource,
};
