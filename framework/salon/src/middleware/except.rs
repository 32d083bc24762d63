//! The paths that `VerifyCsrfToken` exempts.

use percent_encoding::utf8_percent_encode;

use super::csrf_settings_error::CsrfSettingsError;
use crate::http::pattern::LITERAL;

/// A path, or all paths below one.
#[derive(Clone, Debug)]
pub(super) struct Except {
    /// What the author wrote.
    written: String,
    /// Without a trailing slash.
    path: String,
    is_folder: bool,
}

impl Except {
    /// Parses a pattern. A missing leading slash is added, and a trailing one is ignored.
    pub(super) fn parse(pattern: &str) -> Result<Self, CsrfSettingsError> {
        let refuse = |problem| Err(CsrfSettingsError::Path { pattern: pattern.to_owned(), problem });
        let trimmed = pattern.trim();
        let (path, is_folder) = match trimmed.strip_suffix('*') {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => (folder, true),
            _ => (trimmed, false),
        };
        if trimmed.is_empty() {
            return refuse("it is empty: write `/` for the start page, or `/*` for every path");
        }
        if path.contains('*') {
            return refuse("a `*` must stand alone at the end: write `/webhooks/*` for every path below `/webhooks`");
        }
        if path.contains(['{', '}']) {
            return refuse("it is compared with the path of a request: write `/webhooks/*` instead of a parameter");
        }
        if path.contains("://") {
            return refuse("it is a whole address: write only its path, for example `/webhooks/pay`");
        }
        if path.contains(['?', '#']) {
            return refuse("only the path of a request is compared: remove the part from `?` or `#` on");
        }
        let encoded = utf8_percent_encode(path.trim_start_matches('/'), LITERAL);
        let written = format!("/{encoded}");
        Ok(Self { path: written.trim_end_matches('/').to_owned(), written, is_folder })
    }

    /// True if the path of a request is exempted. It is compared as it was sent, percent-encoded.
    pub(super) fn matches(&self, path: &str) -> bool {
        if self.is_folder {
            return path.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('/'));
        }
        path == self.written || path == self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Except::parse(pattern).unwrap().matches(path)
    }

    #[test]
    fn a_pattern_is_a_whole_path_or_a_whole_folder() {
        assert!(matches("/hook", "/hook") && matches("/webhooks/*", "/webhooks/pay") && matches("/", "/"));
        for path in ["/hooks", "/hook/", "/webhooks", "/webhooks-of-others"] {
            assert!(!matches("/hook", path) && !matches("/webhooks/*", path), "{path}");
        }
    }

    #[test]
    fn a_missing_leading_slash_and_a_trailing_one_change_nothing() {
        assert!(matches("hook", "/hook") && matches("webhooks/*", "/webhooks/pay") && matches(" /hook ", "/hook"));
        assert!(matches("/hook/", "/hook") && matches("hook/", "/hook/"));
        assert!(matches("*", "/any/path") && matches("/*", "/"));
        assert!(matches("/über/*", "/%C3%BCber/x"), "browsers send it encoded");
    }

    #[test]
    fn what_cannot_match_is_refused_with_the_remedy() {
        for (pattern, remedy) in [
            ("", "write `/`"),
            ("/odd*", "write `/webhooks/*`"),
            ("/a/*/b", "write `/webhooks/*`"),
            ("/hooks/{id}", "write `/webhooks/*`"),
            ("/hook?from=shop", "remove the part"),
            ("https://example.org/hook", "write only its path"),
        ] {
            let error = Except::parse(pattern).unwrap_err().to_string();
            assert!(error.contains(&format!("`{pattern}`")) && error.contains(remedy), "{error}");
        }
    }
}
