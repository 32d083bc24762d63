//! What keeps an app with `VerifyCsrfToken` from starting.

/// What is wrong with the settings of `VerifyCsrfToken`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CsrfSettingsError {
    /// A path that cannot be exempted.
    #[error("`VerifyCsrfToken` cannot exempt `{pattern}`, because {problem}")]
    Path {
        /// What the author wrote.
        pattern: String,
        /// What is wrong with it.
        problem: &'static str,
    },

    /// Not an origin.
    #[error(
        "`VerifyCsrfToken` cannot trust `{0}`, because it is not an origin: write a scheme and a host, such as `https://pay.example`"
    )]
    Origin(String),
}
