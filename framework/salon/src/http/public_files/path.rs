//! The path of a URL as the path of a file.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// The one folder below `public` that begins with a dot and is public nevertheless (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// Returns the relative path of the file that a URL means, or `None` if there can be no such file: for a path with an
/// empty segment or one that begins with a dot, and for a segment that decodes to more than a name.
pub(super) fn relative(url_path: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for (index, segment) in url_path.strip_prefix('/')?.split('/').enumerate() {
        let name = percent_decode_str(segment).decode_utf8().ok()?;
        let is_hidden = name.starts_with('.') && !(index == 0 && name == WELL_KNOWN);
        if name.is_empty() || is_hidden || name.contains(['/', '\\', '\0']) {
            return None;
        }
        path.push(&*name);
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_decoded_by_segment() {
        let path = |url| relative(url).map(|path| path.to_str().unwrap().to_owned());
        assert_eq!(path("/css/app.css").as_deref(), Some("css/app.css"));
        assert_eq!(path("/%C3%BCber%20uns.html").as_deref(), Some("über uns.html"));
        assert_eq!(path("/.well-known/security.txt").as_deref(), Some(".well-known/security.txt"));
        assert_eq!(path("/a..b/c.").as_deref(), Some("a..b/c."));
    }

    #[test]
    fn what_is_hidden_or_leads_elsewhere_is_no_file() {
        for url in [
            "",
            "/",
            "/css/",
            "//css",
            "/css//app.css",
            "/.env",
            "/.git/config",
            "/%2egit/config",
            "/css/.app.css.swp",
            "/.well-known/.env",
            "/css/.well-known/x",
            "/.well-known-too/x",
            "/.",
            "/..",
            "/../.env",
            "/%2e%2e/.env",
            "/.%2e/x",
            "/css/%2e%2e/app.css",
            "/css%2fapp.css",
            "/..%2f..%2fetc%2fpasswd",
            "/%5c..%5capp.css",
            "/css\\app.css",
            "/a%00b",
            "/%ff",
            "css/app.css",
        ] {
            assert_eq!(relative(url), None, "{url}");
        }
    }
}
