//! Errors in an app's routes. All of them are reported at startup, none during a request.

use crate::http::PatternError;

/// Why the routes cannot be compiled into a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoutingError {
    /// A path is malformed.
    #[error("the path of the route `{route}` is not a valid pattern")]
    Pattern {
        /// The route.
        route: String,
        /// What is wrong.
        source: PatternError,
    },

    /// A path is well-formed, but cannot be matched.
    #[error("the path of the route `{route}` cannot be matched")]
    Path {
        /// The route.
        route: String,
        /// What is wrong.
        source: matchit::InsertError,
    },

    /// Two routes differ only in the names of their parameters.
    #[error("the route `{route}` and the path `{other}` match the same requests: give their parameters the same names")]
    Conflict {
        /// The later route.
        route: String,
        /// The path of the earlier one.
        other: String,
    },

    /// Two routes handle the same requests.
    #[error("the route `{second}` handles the same requests as `{first}`: change or remove one")]
    Duplicate {
        /// The earlier route.
        first: String,
        /// The later route.
        second: String,
    },

    /// Two routes have the same name.
    #[error("the routes `{first}` and `{second}` are both named `{name}`: rename one")]
    DuplicateName {
        /// The name.
        name: String,
        /// The earlier route.
        first: String,
        /// The later route.
        second: String,
    },

    /// The kernel has no alias with this name.
    #[error("{place} asks for the middleware `{alias}`, but the kernel's `aliases` have none with that name{}", hint(nearest.as_deref()))]
    UnknownAlias {
        /// The alias as it was written.
        alias: String,
        /// Where it is used.
        place: String,
        /// The most similar alias that exists.
        nearest: Option<String>,
    },

    /// An alias rejects its arguments.
    #[error("{place} asks for the middleware `{alias}`, which rejects its arguments: {reason}")]
    Alias {
        /// The alias as it was written.
        alias: String,
        /// Where it is used.
        place: String,
        /// Why the arguments are rejected.
        reason: String,
    },

    /// The kernel has no group with this name.
    #[error("routes are registered in the group `{group}`, but the kernel's `groups` have none with that name{}", hint(nearest.as_deref()))]
    UnknownGroup {
        /// The group.
        group: String,
        /// The most similar group that exists.
        nearest: Option<String>,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!(": did you mean `{nearest}`?"))
}
