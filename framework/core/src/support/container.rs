//! The container: one value per type, which providers bind and any code can request.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

/// Holds one shared value of each type.
///
/// Providers bind values in `register`; handlers request them with the extractor `Inject<T>`.
///
/// ```
/// use salon_core::support::Container;
///
/// struct Mailer(&'static str);
///
/// let container = Container::default();
/// container.bind(Mailer("smtp"));
/// assert_eq!(container.get::<Mailer>().map(|mailer| mailer.0), Some("smtp"));
/// assert!(container.get::<String>().is_none());
/// ```
#[derive(Default)]
pub struct Container {
    values: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Container {
    /// Binds a value, and replaces one that was bound for the same type.
    pub fn bind<T: Send + Sync + 'static>(&self, value: T) {
        self.bind_shared(Arc::new(value));
    }

    /// Binds a value that is already shared.
    pub fn bind_shared<T: Send + Sync + 'static>(&self, value: Arc<T>) {
        self.values.write().unwrap_or_else(PoisonError::into_inner).insert(TypeId::of::<T>(), value);
    }

    /// Returns the value bound for this type.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = self.values.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<T>()).cloned();
        value.and_then(|value| value.downcast().ok())
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.values.read().unwrap_or_else(PoisonError::into_inner).len();
        formatter.debug_struct("Container").field("values", &count).finish_non_exhaustive()
    }
}
