//! The files of a new app.

use std::borrow::Cow;

/// The files of a new app, as they are in this repository. [`new_app`](crate::new::new_app) adapts them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub(crate) struct Template {
    /// The path of each file in the new app, with `/`, and its content. `Cargo.toml`, `.env.example` and
    /// `config/app.toml` are required.
    pub(crate) files: Vec<(String, Cow<'static, [u8]>)>,
    /// The manifest of the workspace that `Cargo.toml` inherits from.
    pub(crate) workspace: Cow<'static, str>,
}

impl Template {
    /// Creates a template from these files and the manifest of their workspace.
    #[must_use]
    pub(crate) const fn new(files: Vec<(String, Cow<'static, [u8]>)>, workspace: Cow<'static, str>) -> Self {
        Self { files, workspace }
    }
}
