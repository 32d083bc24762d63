//! Routing: routes, groups, names, handlers, and the table that is built from them.
//!
//! The guide has [a page](mod@crate::guide::routing_and_controllers) about it.

mod automatic_options;
mod compiled_route;
mod compiler;
mod error;
mod handler;
mod method_table;
mod middleware_aliases;
mod middleware_groups;
mod route;
mod route_group;
mod route_middleware;
mod router;
mod table;

pub use compiler::RouteTableBuilder;
pub use error::RoutingError;
pub use handler::Handler;
pub use middleware_aliases::MiddlewareAliases;
pub use middleware_groups::MiddlewareGroups;
pub use route::Route;
pub use route_group::RouteGroup;
pub use route_middleware::{IntoRouteMiddleware, RouteMiddleware};
pub use router::{Registered, Router};
pub use table::RouteTable;

#[cfg(test)]
mod tests;
