//! The foundation: the application, its kernel and providers, and the boot process.

mod application;
mod boot_error;
mod builder;
pub mod facades;
pub mod health;
mod kernel;
mod log_writer;
mod logging;
mod request_log;
mod root;
mod serve;
mod service_provider;
mod warnings;

pub use application::Application;
pub use boot_error::BootError;
pub use builder::ApplicationBuilder;
pub use kernel::Kernel;
pub(crate) use logging::open_log;
pub(crate) use root::find_root;
pub use service_provider::ServiceProvider;
