//! From names to drivers, and everything that looks after them.
//!
//! | file | contents |
//! |---|---|
//! | `builder` | checks a configuration, and builds a manager from it |
//! | `manager` | [`SessionManager`](manager::SessionManager): opens drivers by name, and builds sessions on them |
//! | `built_in` | the drivers that come with Salon, and the errors of those that are not compiled in |
//! | `into_store` | what `extend` accepts: a `Driver` or a `Store` |
//! | `connection` | which connection of `config/database.toml` a driver uses |
//! | `operator` | the methods of a driver for an operator: count, list, end, collect |
//! | `upkeep` | the same for all drivers: collect, check, migrate, close |
//! | `collector`, `horizon` | the removal of expired sessions, and how far it trusts the clock |
//! | `health` | whether drivers respond |
//! | `migration` | copies the sessions of one driver to another |
//!
//! Two rules hold in this folder:
//!
//! * **A driver is opened once, when it is first used.** Requests that need it at the same time wait for the same
//!   attempt, and a failed one is tried again. The lock on the list of drivers is held for a lookup only, so a factory
//!   may open other drivers; only waiting for itself is refused.
//! * **What happens in the background trusts nobody.** A driver that panics, a clock that jumps and a store that never
//!   responds must not stop the collector, remove a live session, or make a health check wait.

mod builder;
mod built_in;
mod collector;
mod connection;
pub(crate) mod health;
mod horizon;
mod into_store;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod manager;
pub(crate) mod migration;
mod operator;
mod secrets;
mod upkeep;

pub use builder::{BuildError, SessionManagerBuilder};
#[cfg(any(test, feature = "testing"))]
pub(crate) use built_in::factories;
pub use health::FailingDriver;
pub use into_store::{IntoStore, IsDriver, IsStore};
pub use manager::SessionManager;
pub use migration::{Migrated, MigrationError};
pub(crate) use secrets::Secrets;
