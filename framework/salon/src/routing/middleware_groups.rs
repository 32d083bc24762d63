//! The kernel's groups of middleware.

use crate::http::MiddlewareList;

/// Lists of middleware by the name of the group: `"web"`, `"api"`.
///
/// ```
/// use salon::{http::MiddlewareList, routing::MiddlewareGroups};
///
/// # async fn start_session(request: salon::http::Request, next: salon::http::Next) -> salon::http::Response {
/// #     next.run(request).await
/// # }
/// let groups = MiddlewareGroups::new()
///     .group("web", MiddlewareList::new().with(start_session))
///     .group("api", MiddlewareList::new().alias("throttle:60,1"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct MiddlewareGroups(Vec<(String, MiddlewareList)>);

impl MiddlewareGroups {
    /// Creates an empty list of groups.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a group. Replaces one with the same name.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>, list: MiddlewareList) -> Self {
        let name = name.into();
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, list));
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<&MiddlewareList> {
        self.0.iter().find_map(|(known, list)| (known == name).then_some(list))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}
