//! What a closure that registers routes may return.

use super::{Route, RouteGroup};

/// What a closure that registers routes may return: nothing, or the last [`Route`] or [`RouteGroup`]. So
/// `|route| route.get("/", index)` needs neither braces nor a semicolon, and a `Result` cannot get lost.
#[diagnostic::on_unimplemented(
    message = "a closure that registers routes cannot return `{Self}`",
    label = "returns `{Self}`",
    note = "end the closure with a semicolon, or with the last route or group"
)]
pub trait Registered {}

impl Registered for () {}
impl Registered for Route {}
impl Registered for RouteGroup {}
