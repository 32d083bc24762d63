//! The base of the end-to-end tests: built binaries, processes, a visitor with a cookie jar, and a real browser.
//!
//! An error in here fails the current test, so everything panics with a sentence instead of returning errors.

mod answer;
mod app_folder;
mod binaries;
mod chromium;
mod connection;
mod ended;
mod fake_clock;
mod gate;
pub mod http2;
mod issued;
mod key;
mod network;
mod process;
mod raw_connection;
mod record;
mod secret;
mod server;
pub mod servers;
mod visitor;
pub mod webdriver;

pub use answer::Answer;
pub use app_folder::{AppFolder, mode};
pub use binaries::{Binary, cargo};
pub use chromium::{Chromium, Scheme};
pub use connection::Connection;
pub use ended::Ended;
pub use fake_clock::FakeClock;
pub use gate::{Gate, Waiting};
pub use hyper::{Method, Request};
pub use issued::assert_no_secret;
pub use key::app_key;
pub use network::Proxy;
pub use process::{Process, Signal, within};
pub use raw_connection::RawConnection;
pub use record::forge;
pub use secret::{forms_of, unmasked};
pub use server::Server;
pub use visitor::Visitor;
