//! What a visit must know of its request and of its response, without HTTP types.

use std::{net::IpAddr, sync::Arc};

use crate::{config::Access, visit::client::Client};

/// What a [`Visit`](crate::Visit) must know of its request.
///
/// The default is a request from a program, not from a browser: it changes something, and shows no page.
/// `tower::request_facts` reads the facts from the parts of an HTTP request.
///
/// ```
/// use salon_session::{Destination, RequestFacts};
///
/// let facts = RequestFacts {
///     is_safe: true,
///     destination: Destination::Document,
///     page: Some("/books?page=2".to_owned()),
///     ..RequestFacts::default()
/// };
/// assert!(!facts.is_prefetch);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RequestFacts {
    /// How the route uses the session, if it does not follow the configuration.
    pub access: Option<Access>,
    /// True for methods that change nothing (GET, HEAD, OPTIONS, TRACE: RFC 9110, section 9.2.1).
    pub is_safe: bool,
    /// True for HEAD and OPTIONS, whose responses show nothing.
    pub is_bodiless: bool,
    /// True if the browser prefetches a page that may never be shown.
    pub is_prefetch: bool,
    /// What the browser uses the response for.
    pub destination: Destination,
    /// Path and query, if the response may be a page that the visitor looks at.
    pub page: Option<String>,
    /// The address of the client.
    pub address: Option<IpAddr>,
    /// The `User-Agent` of the client.
    pub agent: Option<Arc<str>>,
}

/// What the browser uses a response for: the header `Sec-Fetch-Dest` (Fetch Metadata, W3C), as far as sessions need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Destination {
    /// The browser did not say, or the client is not a browser.
    #[default]
    Unknown,
    /// A page in a tab.
    Document,
    /// A script reads it (`fetch`, `XMLHttpRequest`).
    Script,
    /// An image, a stylesheet, a font, and other parts of a page that cannot show a message.
    Subresource,
    /// Anything else, such as a page in a frame.
    Other,
}

impl Destination {
    /// Reads the value of `Sec-Fetch-Dest`.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        match value {
            "document" => Self::Document,
            "empty" => Self::Script,
            "image" | "script" | "style" | "font" | "audio" | "video" | "track" | "manifest" | "worker"
            | "sharedworker" | "serviceworker" | "audioworklet" | "paintworklet" | "xslt" | "report" | "json" => {
                Self::Subresource
            }
            _ => Self::Other,
        }
    }
}

/// What a [`Visit`](crate::Visit) must know of its response.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseFacts {
    /// The status code.
    pub status: u16,
    /// True if the body is an HTML page.
    pub is_html: bool,
    /// True if the response is an error that is rendered later: its page shows no flash value.
    pub is_error: bool,
}

impl RequestFacts {
    /// True if a page sent the request in the background, so that its response may arrive after that of a login.
    pub(crate) const fn is_in_background(&self) -> bool {
        !matches!(self.destination, Destination::Unknown | Destination::Document)
    }

    /// Returns where the request comes from.
    pub(crate) fn client(&self) -> Client {
        Client { address: self.address.map(|address| address.to_string().into()), agent: self.agent.clone() }
    }

    /// Returns the address of the page, if the visitor looks at one now. Browsers limit addresses; a longer one is not
    /// remembered.
    pub(crate) fn page_shown(&self, response: &ResponseFacts) -> Option<&str> {
        const MAX_LENGTH: usize = 2_000;
        let page = self.page.as_deref().filter(|page| page.len() <= MAX_LENGTH)?;
        ((200..300).contains(&response.status) && response.is_html).then_some(page)
    }

    /// True if this request showed the flash values of the previous one, or could have.
    pub(crate) fn ages_flash(&self, response: &ResponseFacts, flash_was_read: bool) -> bool {
        let can_show = match self.destination {
            _ if response.is_error => flash_was_read,
            Destination::Script => flash_was_read,
            Destination::Subresource => false,
            Destination::Unknown | Destination::Document | Destination::Other => true,
        };
        let shows = matches!(response.status, 200..300 | 400..500);
        !self.is_bodiless && !self.is_prefetch && can_show && shows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> RequestFacts {
        RequestFacts { destination: Destination::Document, ..RequestFacts::default() }
    }

    const SHOWN: ResponseFacts = ResponseFacts { status: 200, is_html: true, is_error: false };

    #[test]
    fn a_page_ages_flash_whether_it_showed_it_or_not() {
        assert!(page().ages_flash(&SHOWN, false));
        assert!(RequestFacts::default().ages_flash(&SHOWN, false));
        assert!(page().ages_flash(&ResponseFacts { status: 404, ..SHOWN }, false));
    }

    #[test]
    fn f_35_what_cannot_show_a_message_does_not_consume_it() {
        assert!(!RequestFacts { is_bodiless: true, ..page() }.ages_flash(&SHOWN, false));
        assert!(!RequestFacts { is_prefetch: true, ..page() }.ages_flash(&SHOWN, false));
        for status in [301, 302, 303, 304, 307, 308, 500, 503] {
            assert!(!page().ages_flash(&ResponseFacts { status, ..SHOWN }, false), "{status}");
        }
        assert!(!page().ages_flash(&ResponseFacts { status: 404, is_error: true, ..SHOWN }, false));
        for destination in ["image", "script", "style", "font"].map(Destination::parse) {
            assert!(!RequestFacts { destination, ..page() }.ages_flash(&SHOWN, true));
        }
    }

    #[test]
    fn a_background_request_ages_flash_only_if_it_read_it() {
        let fetch = RequestFacts { destination: Destination::parse("empty"), ..page() };
        assert!(!fetch.ages_flash(&SHOWN, false));
        assert!(fetch.ages_flash(&SHOWN, true));
    }
}
