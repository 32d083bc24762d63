//! What every crate of Salon stands on.
//!
//! - [`config`] reads `config/*.toml`, `.env` and the environment into typed sections.
//! - [`encryption`] holds the app's keys and what they seal.
//! - [`support`] has the clock and the randomness that tests replace, and the container of services.
//!
//! An app uses these as `salon::config`, `salon::encryption` and `salon::support`.

pub mod config;
#[doc(hidden)]
pub mod doc_support;
pub mod encryption;
pub mod support;
