//! Template helpers that need no session.

use std::sync::Arc;

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use crate::{
    config::Config,
    http::{Context, Urls, public_files::PublicFolder},
};

pub(super) fn register(tera: &mut Tera, config: Arc<Config>, public: Arc<PublicFolder>) {
    tera.register_function("config", move |arguments: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        let key: String = arguments.must_get("key")?;
        Ok(config.get(&key).map_or_else(Value::none, |value| Value::from_serializable(&value)))
    });
    tera.register_function("asset", move |arguments: Kwargs, _: &State<'_>| -> TeraResult<String> {
        Ok(public.versioned_url(&arguments.must_get::<String>("path")?))
    });
    tera.register_function("route", |arguments: Kwargs, _: &State<'_>| route(&arguments));
    tera.register_function("csp_nonce", |_: Kwargs, _: &State<'_>| -> TeraResult<String> {
        let context = Context::current().ok_or_else(|| Error::message("`csp_nonce()` needs a request"))?;
        context.csp_nonce().map(str::to_owned).map_err(Error::message)
    });
    tera.register_function("json", |arguments: Kwargs, _: &State<'_>| json(&arguments));
}

/// Returns the URL of a named route. Arguments that are not its parameters become its query.
fn route(arguments: &Kwargs) -> TeraResult<String> {
    let name: String = arguments.must_get("name")?;
    let urls = Context::current().and_then(|context| context.container().get::<Urls>());
    let urls = urls.ok_or_else(|| {
        Error::message("`route` finds routes only while a request is handled: return the view from a handler")
    })?;
    let parameters: Vec<(String, String)> = arguments
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .filter(|(key, _)| key != "name")
        .collect();
    urls.url(&name, parameters).map_err(Error::message)
}

/// Returns a value as JSON that is safe inside a script: nothing in it closes the element or opens another one.
fn json(arguments: &Kwargs) -> TeraResult<Value> {
    let value: Value = arguments.must_get("value")?;
    let text = serde_json::to_string(&value).map_err(|error| {
        Error::chain(
            "`json` cannot write this value: pass one that the handler has serialized, with text as keys",
            error,
        )
    })?;
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(letter))),
            plain => safe.push(plain),
        }
    }
    Ok(Value::safe_string(&safe))
}
