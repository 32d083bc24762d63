//! What a typical controller imports: `use salon::prelude::*;`.
//!
//! ```
//! use salon::prelude::*;
//!
//! #[derive(serde::Deserialize, garde::Validate)]
//! struct Entry {
//!     #[garde(length(chars, min = 1, max = 40))]
//!     name: String,
//! }
//!
//! async fn index(session: Session) -> Result<View> {
//!     Ok(view("guestbook.html").with("name", session.get::<String>("name")?))
//! }
//!
//! async fn store(session: Session, entry: Validated<Form<Entry>>) -> Result<Redirect> {
//!     session.put("name", &entry.name)?;
//!     Ok(redirect().route("guestbook").with("success", "Thank you!"))
//! }
//! ```
//!
//! A name that a file imports or defines itself takes precedence over one from here, for example `std::path::Path`.

pub use crate::{
    http::{
        Cookie, Error, Html, IntoResponse, Redirect, Request, Response, Result, StatusCode, abort,
        extract::{Form, Inject, Json, Path, Query},
        redirect,
    },
    session::Session,
    validation::Validated,
    view::{View, view},
};
