//! Sessions in an axum app, and in any other tower service: what a visitor sees.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "tower/browser.rs"]
mod browser;
#[path = "tower/csrf.rs"]
mod csrf;
#[path = "tower/drivers.rs"]
mod drivers;
#[path = "tower/flash.rs"]
mod flash;
#[path = "tower/headers.rs"]
mod headers;
#[path = "tower/identity.rs"]
mod identity;
#[path = "tower/ledger.rs"]
mod ledger;
#[path = "tower/service.rs"]
mod service;
#[path = "tower/settings.rs"]
mod settings;
#[path = "tower/sockets.rs"]
mod sockets;
#[path = "tower/trouble.rs"]
mod trouble;
