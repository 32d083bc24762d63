//! How a request uses its session: beside others, alone, or only to read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How requests that use one session at the same time get along: `concurrency` in `config/session.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Concurrency {
    /// They run beside each other, and the changes of all are merged. The default.
    #[default]
    Merge,
    /// One at a time; the others wait.
    Block,
}

/// How a route uses the session; made by [`concurrency::merge`], [`concurrency::block`] and [`read_only`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access(pub(crate) AccessKind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessKind {
    Shared(Concurrency),
    ReadOnly,
}

/// As a list of routes shows it.
impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            AccessKind::Shared(Concurrency::Merge) => "merge",
            AccessKind::Shared(Concurrency::Block) => "block",
            AccessKind::ReadOnly => "read only",
        })
    }
}

impl From<Concurrency> for Access {
    fn from(concurrency: Concurrency) -> Self {
        Self(AccessKind::Shared(concurrency))
    }
}

/// The two ways in which parallel requests of a session get along, for a route's
/// [`session`](crate::routing::Route::session).
pub mod concurrency {
    use super::{Access, Concurrency};

    /// Requests run beside each other, and the changes of all are merged: for a route of an app that blocks otherwise.
    ///
    /// ```
    /// use salon_session::concurrency;
    ///
    /// # async fn search() {}
    /// # let mut route = salon::routing::Router::new();
    /// route.get("/search", search).session(concurrency::merge());
    /// ```
    #[must_use]
    pub fn merge() -> Access {
        Concurrency::Merge.into()
    }

    /// The session is this request's alone until it ends, or calls [`close`](crate::visit::session::Session::close): others that
    /// block wait for it, `lock_wait` seconds at most. For what must not happen twice at once, such as a payment.
    ///
    /// ```
    /// use salon_session::concurrency;
    ///
    /// # async fn pay() {}
    /// # let mut route = salon::routing::Router::new();
    /// route.post("/pay", pay).session(concurrency::block());
    /// ```
    #[must_use]
    pub fn block() -> Access {
        Concurrency::Block.into()
    }
}

/// The request only reads: it never waits for the session, keeps nobody waiting, and saves nothing but that the visitor was
/// there. A write is an error, and flash values wait for the next request. For what a page asks for in the background, not
/// for pages with forms: `csrf_field()` has to keep a token for who has none yet, and that is a write.
///
/// ```
/// use salon_session::read_only;
///
/// # async fn unread() {}
/// # let mut route = salon::routing::Router::new();
/// route.get("/messages/unread", unread).session(read_only());
/// ```
#[must_use]
pub const fn read_only() -> Access {
    Access(AccessKind::ReadOnly)
}
