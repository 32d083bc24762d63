//! What can be wrong with an app's routes. All of it shows at the start, none of it on a request.

use crate::http::PatternError;

/// Why routes do not become a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoutingError {
    /// A path is badly written.
    #[error("the path of the route `{route}` is no pattern")]
    Pattern {
        /// The route.
        route: String,
        /// What is wrong.
        source: PatternError,
    },

    /// A path is well written, but cannot be matched.
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

    /// Two routes answer the same requests.
    #[error("the route `{second}` answers the same requests as `{first}`: change or remove one")]
    Duplicate {
        /// The earlier route.
        first: String,
        /// The later route.
        second: String,
    },

    /// Two routes have one name.
    #[error("the routes `{first}` and `{second}` are both named `{name}`: rename one")]
    DuplicateName {
        /// The name.
        name: String,
        /// The earlier route.
        first: String,
        /// The later route.
        second: String,
    },

    /// No alias of the kernel has this name.
    #[error("{place} asks for the middleware `{alias}`, and the kernel's `aliases` have none of that name{}", hint(nearest.as_deref()))]
    UnknownAlias {
        /// The alias as it was written.
        alias: String,
        /// Who asks for it.
        place: String,
        /// The most similar alias that exists.
        nearest: Option<String>,
    },

    /// An alias refuses its arguments.
    #[error("{place} asks for the middleware `{alias}`, which refuses: {reason}")]
    Alias {
        /// The alias as it was written.
        alias: String,
        /// Who asks for it.
        place: String,
        /// What it says.
        reason: String,
    },

    /// No group of the kernel has this name.
    #[error("routes are registered in the group `{group}`, and the kernel's `groups` have none of that name{}", hint(nearest.as_deref()))]
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
