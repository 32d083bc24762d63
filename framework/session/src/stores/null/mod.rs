//! The `null` driver: stores nothing, so a session lives as long as its request.
//!
//! # What a record looks like
//!
//! There is none. `create` answers that the record was [discarded](crate::contract::store::Creation::Discarded), so the
//! browser gets no cookie, and each request begins with an empty session.
//!
//! # Writes and races
//!
//! Within a request every method works: values, flash values and a login are there until the response is sent. Nothing is
//! shared between requests, so nothing competes.
//!
//! # How a session ends
//!
//! With its request.
//!
//! # Limits
//!
//! * Without a key of the app, a form that needs a CSRF token is answered with 419, because the token of the page is unknown
//!   when the form comes back. A warning at startup (`session.null`) says so. With a key, a cookie of its own binds the token
//!   to the browser.
//! * Counting and listing are supported: the answer, that there is nothing, is the truth.
//!
//! # Sources
//!
//! Laravel's `NullSessionHandler` behaves the same.

mod store;

pub(crate) use store::NullStore;
