//! Salon, a web framework whose first concern is the session.

pub mod config;
pub mod console;
#[doc(hidden)]
pub mod doc_support;
pub mod encryption;
pub mod foundation;
pub mod guide;
pub mod http;
mod macros;
pub mod middleware;
pub mod routing;
pub mod session;
pub mod support;
pub mod testing;
pub mod validation;
pub mod view;

pub use console::main;
pub use foundation::{Application, ApplicationBuilder, BootError, Kernel, ServiceProvider, facades};
pub use http::{Error, Result, session, try_session};
