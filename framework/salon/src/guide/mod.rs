// `links.md` comes first, so that links mean pages of this documentation here; in the files they mean files. The line
// numbers of examples are counted from the start of `links.md`.
#![doc = include_str!("../../docs/links.md")]
#![doc = include_str!("../../docs/guide.md")]

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/getting-started.md")]
pub mod getting_started {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/routing-and-controllers.md")]
pub mod routing_and_controllers {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/middleware.md")]
pub mod middleware {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/session.md")]
pub mod session {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/views.md")]
pub mod views {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/forms-and-validation.md")]
pub mod forms_and_validation {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/configuration.md")]
pub mod configuration {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/drivers.md")]
pub mod drivers {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/custom-driver.md")]
pub mod custom_driver {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/cookie-driver.md")]
pub mod cookie_driver {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/redis.md")]
pub mod redis {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/operations.md")]
pub mod operations {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/security.md")]
pub mod security {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/server.md")]
pub mod server {}

#[doc = include_str!("../../docs/links.md")]
#[cfg_attr(feature = "sqlite", doc = include_str!("../../docs/database.md"))]
pub mod database {}

#[doc = include_str!("../../docs/links.md")]
#[doc = include_str!("../../docs/error-handling.md")]
pub mod error_handling {}

#[cfg(test)]
mod tests;
