//! Redirects: to a path, to a named route, or back.

mod flashes;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod redirect;
mod target;
#[cfg(test)]
mod tests;

pub use redirect::{Redirect, redirect};
pub use target::local_path;
