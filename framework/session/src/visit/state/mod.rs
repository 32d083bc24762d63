//! One request's view of a session: what was loaded, what has changed since, and what must happen to it.
//!
//! The state has four parts. `Identity` says which session it is, and whose; `Data` what it holds; `Reads` what the
//! handler looked at; `Lifecycle` what the request may still do with it.
//!
//! The id of a session goes through these states:
//!
//! ```text
//!                 start, found                 save
//!  Presented ────────────────────▶ Stored ◀──────────── Renewing
//!      │                            ▲  │                   ▲
//!      │ start, not found     save  │  └───────────────────┘
//!      └────────────▶ New ──────────┘    regenerate, login
//!                      ▲
//!                      └── invalidate, logout (from Stored and Renewing)
//! ```
//!
//! Four rarer events lead to `New` as well: a `reload` that finds nothing, a binding that is enforced, a store that is
//! down at the start, and a session that is dropped because its browser has just got another one. `switch` leads to
//! `Stored`. A renewal that is requested while a save is under way stays `Renewing`, and the next save carries it out.
//!
//! A change of the state never calls the store. Whatever must happen there is found in it by `commit`.

mod data;
mod guest_forms;
mod identity;
mod lifecycle;
mod reads;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod state;

pub(crate) use data::Data;
pub(crate) use guest_forms::GuestForms;
pub(crate) use identity::{CurrentId, Renewal, Stored};
pub(crate) use lifecycle::{Lateness, Phase, Retired};
pub(crate) use state::State;
