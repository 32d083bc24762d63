//! Template helpers for the session: `session`, `flash`, `old`, `errors`, `csrf_field` and others.

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use crate::{
    http::{session, try_session},
    session::{ErrorBag, Session},
};

pub(super) fn register(tera: &mut Tera) {
    tera.register_function("session", |arguments: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        let Some(key) = arguments.get::<String>("key")? else {
            return Ok(Value::from_serializable(&try_session().map(|session| session.all()).unwrap_or_default()));
        };
        or_default(&arguments, read(|session| session.get::<serde_json::Value>(&key))?)
    });
    tera.register_function("has_session", |arguments: Kwargs, _: &State<'_>| -> TeraResult<bool> {
        let key: String = arguments.must_get("key")?;
        Ok(try_session().is_some_and(|session| session.has(&key)))
    });
    tera.register_function("flash", |arguments: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        let key: String = arguments.must_get("key")?;
        or_default(&arguments, read(|session| session.get_flash::<serde_json::Value>(&key))?)
    });
    tera.register_function("has_flash", |arguments: Kwargs, _: &State<'_>| -> TeraResult<bool> {
        let key: String = arguments.must_get("key")?;
        Ok(read(|session| session.get_flash::<serde_json::Value>(&key))?.is_some())
    });
    tera.register_function("flashes", |_: Kwargs, _: &State<'_>| {
        Value::from_serializable(&try_session().map(|session| session.all_flash()).unwrap_or_default())
    });
    tera.register_function("old", |arguments: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        let field: String = arguments.must_get("field")?;
        or_default(&arguments, read(|session| session.old::<serde_json::Value>(&field))?)
    });
    tera.register_function("errors", |arguments: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        let errors = errors();
        Ok(match arguments.get::<String>("field")? {
            Some(field) => Value::from_serializable(errors.get(&field)),
            None => Value::from_serializable(&errors),
        })
    });
    tera.register_function("has_error", |arguments: Kwargs, _: &State<'_>| -> TeraResult<bool> {
        Ok(errors().has(&arguments.must_get::<String>("field")?))
    });
    tera.register_function("csrf_token", |_: Kwargs, _: &State<'_>| token());
    tera.register_function("csrf_field", |_: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        Ok(Value::safe_string(&format!(r#"<input type="hidden" name="_token" value="{}">"#, token()?)))
    });
    tera.register_function("csrf_meta", |_: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        Ok(Value::safe_string(&format!(r#"<meta name="csrf-token" content="{}">"#, token()?)))
    });
}

fn read<T>(get: impl FnOnce(&Session) -> crate::session::Result<Option<T>>) -> TeraResult<Option<T>> {
    match try_session() {
        Some(session) => get(&session).map_err(|error| Error::message(error.to_string())),
        None => Ok(None),
    }
}

fn or_default(arguments: &Kwargs, value: Option<serde_json::Value>) -> TeraResult<Value> {
    match value {
        Some(value) => Ok(Value::from_serializable(&value)),
        None => Ok(arguments.get::<Value>("default")?.unwrap_or_else(Value::none)),
    }
}

fn errors() -> ErrorBag {
    try_session().map(|session| session.errors()).unwrap_or_default()
}

/// Returns the masked token. It consists of letters, digits, `-` and `_`, so it needs no escaping.
fn token() -> TeraResult<String> {
    let session = session().map_err(|error| Error::message(error.to_string()))?;
    session.masked_token().map_err(|error| Error::message(error.to_string()))
}
