//! A text that must not be shown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret text: a key, a password, or a URL that contains one. `Debug` hides it, and it has no `Display`.
///
/// List its key in [`Section::SECRETS`](super::Section::SECRETS) too, so that no error message and no template shows
/// it.
///
/// ```
/// use salon_core::config::Secret;
///
/// let password = Secret::from("open sesame");
/// assert_eq!(password.expose(), "open sesame");
/// assert_eq!(format!("{password:?}"), "Secret(..)");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Returns the text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True if the text is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}
