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

mod data;
mod identity;
mod lifecycle;
mod reads;
mod state;

pub(crate) use data::Data;
pub(crate) use identity::{CurrentId, Renewal, Stored};
pub(crate) use lifecycle::{Lateness, Phase, Retired};
pub(crate) use state::State;
