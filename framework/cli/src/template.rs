//! The files that a new app is made of.

use std::borrow::Cow;

/// The files that a new app is made of, as they are in this repository; [`new_app`](crate::new::new_app) adapts them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub(crate) struct Template {
    /// Each file's path in the new app, with `/`, and its content. `Cargo.toml`, `.env.example` and `config/app.toml` must
    /// be among them.
    pub(crate) files: Vec<(String, Cow<'static, [u8]>)>,
    /// The manifest of the workspace, from which `Cargo.toml` inherits.
    pub(crate) workspace: Cow<'static, str>,
}

impl Template {
    /// A template of these files, whose manifest inherits from this workspace's.
    #[must_use]
    pub(crate) const fn new(files: Vec<(String, Cow<'static, [u8]>)>, workspace: Cow<'static, str>) -> Self {
        Self { files, workspace }
    }
}
