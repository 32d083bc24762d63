//! The macro `session!`.

/// Reads and writes the session of the request that this task serves.
///
/// `session!("key")` returns the value, if there is one; `session!("key", default)` returns the value or the default;
/// and `session! { "key" => value, … }` sets values. Each returns a `Result`.
///
/// ```
/// use salon::{Result, session};
///
/// async fn profile() -> Result<String> {
///     session! { "last_page" => "profile", "theme.colour" => "green" }?;
///     let name: String = session!("name", "guest".to_owned())?;
///     let age: Option<u32> = session!("age")?;
///     Ok(format!("{name}, {age:?}"))
/// }
/// ```
#[macro_export]
macro_rules! session {
    ($($key:expr => $value:expr),+ $(,)?) => {
        $crate::session().and_then(|session| {
            $(session.put($key, $value)?;)+
            $crate::Result::Ok(())
        })
    };
    ($key:expr) => {
        $crate::session().and_then(|session| $crate::Result::Ok(session.get($key)?))
    };
    ($key:expr, $default:expr $(,)?) => {
        $crate::session().and_then(|session| $crate::Result::Ok(session.get_or($key, $default)?))
    };
}
