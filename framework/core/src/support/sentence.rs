//! Formats an error for a terminal.

use std::error::Error;

/// Returns an error and its causes in one sentence. A cause that the error's text already contains is left out.
#[must_use]
pub fn sentence(error: &dyn Error) -> String {
    let told = error.to_string();
    match error.source().map(sentence) {
        Some(cause) if !told.ends_with(&cause) => format!("{told}: {cause}"),
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{told}")]
    struct Failed {
        told: &'static str,
        source: io::Error,
    }

    #[test]
    fn a_cause_is_told_once() {
        let of = |told| sentence(&Failed { told, source: io::Error::other("nothing listens there") });
        assert_eq!(of("no connection"), "no connection: nothing listens there");
        assert_eq!(of("no connection: nothing listens there"), "no connection: nothing listens there");
    }
}
