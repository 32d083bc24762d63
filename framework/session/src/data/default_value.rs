//! The default of a value that is missing.

/// A default that `get_or` and `pull_or` accept for a value of type `T`: a `T`, or text for a `String`.
///
/// ```
/// # let session = salon_session::doc_support::session();
/// let theme: String = session.get_or("theme", "light")?;
/// let sizes = session.get_or("sizes", vec![1, 2, 3])?;
/// # assert_eq!((theme.as_str(), sizes.len()), ("light", 3));
/// # Ok::<(), salon_session::Error>(())
/// ```
pub trait DefaultValue<T> {
    /// Returns the value.
    #[doc(hidden)]
    fn into_value(self) -> T;
}

impl<T> DefaultValue<T> for T {
    fn into_value(self) -> T {
        self
    }
}

impl DefaultValue<String> for &str {
    fn into_value(self) -> String {
        self.to_owned()
    }
}
