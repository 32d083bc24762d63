//! One key or several, as methods like `has` and `forget` take them.

/// One key (`"name"`) or several (`["name", "email"]`).
pub trait Keys {
    /// Returns each key.
    #[doc(hidden)]
    fn each(&self) -> impl Iterator<Item = &str>;
}

impl Keys for str {
    fn each(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self)
    }
}

impl Keys for String {
    fn each(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.as_str())
    }
}

impl<K: AsRef<str>> Keys for [K] {
    fn each(&self) -> impl Iterator<Item = &str> {
        self.iter().map(AsRef::as_ref)
    }
}

impl<K: AsRef<str>, const N: usize> Keys for [K; N] {
    fn each(&self) -> impl Iterator<Item = &str> {
        self.iter().map(AsRef::as_ref)
    }
}

impl<K: AsRef<str>> Keys for Vec<K> {
    fn each(&self) -> impl Iterator<Item = &str> {
        self.iter().map(AsRef::as_ref)
    }
}

impl<T: Keys + ?Sized> Keys for &T {
    fn each(&self) -> impl Iterator<Item = &str> {
        (**self).each()
    }
}
