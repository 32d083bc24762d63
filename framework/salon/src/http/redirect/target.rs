//! Where a redirect leads.

use std::borrow::Cow;

use http::Uri;

use crate::{
    http::{Context, Error, NoSession, UrlError, Urls, context::Origin},
    session::tower::is_same_host,
};

#[derive(Clone, Debug)]
pub(super) enum Target {
    Path(Cow<'static, str>),
    Route { name: Cow<'static, str>, params: Vec<(String, String)> },
    Back { fallback: Cow<'static, str> },
}

impl Target {
    /// Returns the value of the header `Location`.
    pub(super) fn location(self) -> Result<Cow<'static, str>, Error> {
        match self {
            Self::Path(path) => Ok(path),
            Self::Route { name, params } => {
                let context = Context::current().ok_or(NoSession::NoRequest)?;
                let urls = context.container().get::<Urls>();
                let unknown = || UrlError::UnknownRoute { name: name.to_string(), nearest: None };
                Ok(urls.ok_or_else(unknown)?.url(&name, params)?.into())
            }
            Self::Back { fallback } => {
                let Some(context) = Context::current() else { return Ok(fallback) };
                let referer = context.origin().and_then(Origin::local_referer);
                let previous = || local_path(&context.session()?.previous_url()?).map(str::to_owned);
                Ok(referer.or_else(previous).map_or(fallback, Cow::Owned))
            }
        }
    }
}

impl Origin {
    /// Returns path and query of the page the visitor came from, if it is on this host.
    fn local_referer(&self) -> Option<String> {
        let referer = Uri::try_from(self.referer.as_bytes()).ok()?;
        let host = self.host.as_deref()?;
        let scheme = referer.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
        if !is_same_host(scheme, referer.authority()?.as_str(), host) {
            return None;
        }
        local_path(referer.path_and_query()?.as_str()).map(str::to_owned)
    }
}

/// Returns the text if every browser reads it as a path on this site; for parameters such as `?next=`.
///
/// ```
/// use salon::http::local_path;
///
/// assert_eq!(local_path("/orders?page=2"), Some("/orders?page=2"));
/// assert_eq!(local_path("//evil.example"), None);
/// assert_eq!(local_path("https://evil.example"), None);
/// ```
#[must_use]
pub fn local_path(text: &str) -> Option<&str> {
    // Browsers read `\` as `/`, and drop tabs and line breaks before they parse.
    let plain = |character: char| !character.is_control() && character != '\\';
    (text.starts_with('/') && !text.starts_with("//") && text.chars().all(plain)).then_some(text)
}
