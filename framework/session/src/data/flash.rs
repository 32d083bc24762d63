//! When flash values age. Pure.

/// What a request and its answer were, as far as flash is concerned.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exchange<'a> {
    /// The request was HEAD or OPTIONS.
    pub is_bodiless: bool,
    /// The browser fetched ahead of a click.
    pub is_prefetch: bool,
    /// What the browser wanted it for: the header `Sec-Fetch-Dest`.
    pub destination: Option<&'a str>,
    /// The answer's status.
    pub status: u16,
    /// Whether it is an error, whose page is made later and may show nothing.
    pub is_error: bool,
    /// Whether the handler read a flash value.
    pub flash_was_read: bool,
}

impl Exchange<'_> {
    /// Whether this request has shown the flash values of the one before, or could have.
    pub fn ages_flash(&self) -> bool {
        !self.is_bodiless && !self.is_prefetch && self.shows_a_page() && matches!(self.status, 200..300 | 400..500)
    }

    fn shows_a_page(&self) -> bool {
        match self.destination {
            _ if self.is_error => self.flash_was_read,
            Some("empty") => self.flash_was_read,
            Some(
                "image" | "script" | "style" | "font" | "audio" | "video" | "track" | "manifest" | "worker"
                | "sharedworker" | "serviceworker" | "audioworklet" | "paintworklet" | "xslt" | "report" | "json",
            ) => false,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Exchange<'static> = Exchange {
        is_bodiless: false,
        is_prefetch: false,
        destination: Some("document"),
        status: 200,
        is_error: false,
        flash_was_read: false,
    };

    #[test]
    fn a_page_ages_flash_whether_it_showed_it_or_not() {
        assert!(PAGE.ages_flash());
        assert!(Exchange { destination: None, ..PAGE }.ages_flash());
        assert!(Exchange { status: 404, ..PAGE }.ages_flash());
    }

    #[test]
    fn f_35_what_cannot_show_a_message_does_not_consume_it() {
        assert!(!Exchange { is_bodiless: true, ..PAGE }.ages_flash());
        assert!(!Exchange { is_prefetch: true, ..PAGE }.ages_flash());
        for status in [301, 302, 303, 304, 307, 308, 500, 503] {
            assert!(!Exchange { status, ..PAGE }.ages_flash(), "{status}");
        }
        assert!(!Exchange { status: 404, is_error: true, ..PAGE }.ages_flash());
        for destination in ["image", "script", "style", "font"] {
            assert!(!Exchange { destination: Some(destination), flash_was_read: true, ..PAGE }.ages_flash());
        }
    }

    #[test]
    fn a_background_request_ages_flash_only_if_it_read_it() {
        let fetch = Exchange { destination: Some("empty"), ..PAGE };
        assert!(!fetch.ages_flash());
        assert!(Exchange { flash_was_read: true, ..fetch }.ages_flash());
    }
}
