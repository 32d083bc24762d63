//! Formats an error for a terminal.

use std::error::Error;

/// Returns an error and its causes in one sentence. A cause that the error's text already contains is left out.
///
/// ```
/// use salon_core::{config::Secret, encryption::KeyRing, support::{Random, sentence}};
///
/// let error = KeyRing::from_config(&Secret::from("x"), &[], Random::system()).expect_err("not a key");
/// assert!(sentence(&error).starts_with("APP_KEY cannot be used: the key is not `base64:`"));
/// ```
#[must_use]
pub fn sentence(error: &dyn Error) -> String {
    let text = error.to_string();
    match error.source().map(sentence) {
        Some(cause) if !text.ends_with(&cause) => format!("{text}: {cause}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Failed {
        text: &'static str,
        source: io::Error,
    }

    #[test]
    fn a_cause_is_reported_once() {
        let of = |text| sentence(&Failed { text, source: io::Error::other("nothing listens there") });
        assert_eq!(of("no connection"), "no connection: nothing listens there");
        assert_eq!(of("no connection: nothing listens there"), "no connection: nothing listens there");
    }
}
