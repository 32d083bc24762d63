//! `BodyLimit`: how large the forms and the JSON of a route may be.

use crate::http::{Middleware, Next, Request, Response};

/// Sets how large a form or JSON may be that the handler reads, instead of the 2 MiB of
/// [`BODY_LIMIT`](crate::http::BODY_LIMIT). A larger body is answered with 413. The innermost one counts, so that a route may
/// allow more than its group.
///
/// As an alias on routes: `"body_limit:10"` allows ten mebibytes.
///
/// ```
/// use salon::{middleware::BodyLimit, routing::MiddlewareAliases};
///
/// let aliases = MiddlewareAliases::new().alias_with("body_limit", BodyLimit::parse);
/// # let _ = aliases;
/// assert!(BodyLimit::parse(&["ten"]).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit {
    bytes: usize,
}

/// The argument of `body_limit:` is not a number of mebibytes.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it takes a number of mebibytes above zero: `body_limit:10`")]
pub struct BodyLimitError;

impl BodyLimit {
    /// Allows this many bytes.
    #[must_use]
    pub const fn bytes(bytes: usize) -> Self {
        Self { bytes }
    }

    /// Parses the argument of an alias, a number of mebibytes.
    ///
    /// # Errors
    /// Returns an error unless it is one whole number from 1 to 1024.
    pub fn parse(arguments: &[&str]) -> Result<Self, BodyLimitError> {
        let [mebibytes] = *arguments else { return Err(BodyLimitError) };
        let mebibytes = mebibytes.trim().parse().ok().filter(|number| (1..=1024).contains(number));
        mebibytes.map(|number: usize| Self::bytes(number << 20)).ok_or(BodyLimitError)
    }
}

impl Middleware for BodyLimit {
    async fn handle(&self, request: Request, next: Next) -> Response {
        request.context().set_body_limit(self.bytes);
        next.run(request).await
    }
}
