//! Template helpers for the session: `session`, `flash`, `old`, `errors`, `csrf_field` and others.

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use crate::{
    http::{NoSession, try_session},
    session::{self, Session},
    validation::ErrorBag,
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
        let errors = errors(&arguments)?;
        Ok(match arguments.get::<String>("field")? {
            Some(field) => Value::from_serializable(errors.get(&field)),
            None => Value::from_serializable(&errors),
        })
    });
    tera.register_function("has_error", |arguments: Kwargs, _: &State<'_>| -> TeraResult<bool> {
        Ok(errors(&arguments)?.has(&arguments.must_get::<String>("field")?))
    });
    tera.register_function("csrf_token", |_: Kwargs, _: &State<'_>| with_session(Session::csrf_token));
    tera.register_function("csrf_field", |_: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        Ok(Value::safe_string(&with_session(Session::csrf_field)?))
    });
    tera.register_function("csrf_meta", |_: Kwargs, _: &State<'_>| -> TeraResult<Value> {
        // The token is base64url: it needs no escaping.
        let token = with_session(Session::csrf_token)?;
        Ok(Value::safe_string(&format!(r#"<meta name="csrf-token" content="{token}">"#)))
    });
}

fn read<T>(get: impl FnOnce(&Session) -> session::Result<Option<T>>) -> TeraResult<Option<T>> {
    // The errors of the session say what to do.
    try_session().map_or(Ok(None), |session| get(&session).map_err(Error::message))
}

fn or_default(arguments: &Kwargs, value: Option<serde_json::Value>) -> TeraResult<Value> {
    match value {
        Some(value) => Ok(Value::from_serializable(&value)),
        None => Ok(arguments.get::<Value>("default")?.unwrap_or_else(Value::none)),
    }
}

/// Returns the errors of the bag that the argument `bag` names, or of the default one.
fn errors(arguments: &Kwargs) -> TeraResult<ErrorBag> {
    let bag: Option<String> = arguments.get("bag")?;
    let Some(session) = try_session() else { return Ok(ErrorBag::new()) };
    Ok(bag.map_or_else(|| session.errors(), |bag| session.errors_in(bag)))
}

/// Asks the session for a text that a page without a session cannot have.
fn with_session(get: impl FnOnce(&Session) -> session::Result<String>) -> TeraResult<String> {
    let session = try_session().ok_or_else(|| Error::message(NoSession::NotAttached))?;
    get(&session).map_err(Error::message)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{http::redirect, session::read_only, testing::TestApp, view::view};

    /// An app with one page, whose template is this text.
    async fn app(template: &str) -> TestApp {
        let root = tempfile::tempdir().unwrap();
        let views = root.path().join("resources/views");
        fs::create_dir_all(&views).unwrap();
        fs::write(views.join("page.html"), template).unwrap();
        let page = || async { view("page.html") };
        let app = crate::doc_support::app(move |route| {
            route.get("/", page);
            route.get("/read-only", page).session(read_only());
            route.get("/fail", || async {
                let mut errors = ErrorBag::new();
                errors.add("email", "unknown");
                redirect().to("/").with_errors_in("login", errors).with_error("email", "taken")
            });
        });
        let app = app.routes("api", move |route| route.get("/bare", page));
        TestApp::with_configuration(app.root(root.path()), |config| config.set("app.debug", true)).await
    }

    #[tokio::test]
    async fn a_page_shows_the_errors_of_each_bag_apart() {
        let template = r#"{% set login = errors(bag="login") %}{{ login.email[0] }};
            {{ errors(field="email") | join(sep=",") }};{{ errors(field="email", bag="login") | join(sep=",") }};
            {{ has_error(field="email", bag="login") }};{{ has_error(field="email", bag="other") }}"#;
        let mut app = app(&template.replace("\n            ", "")).await;
        app.get("/fail").await.assert_redirect("/").assert_errors("email").assert_errors_in("login", "email");
        app.get("/").await.assert_see("unknown;taken;unknown;true;false");
    }

    #[tokio::test]
    async fn a_page_with_a_form_can_be_shown_to_a_guest_of_a_route_that_only_reads() {
        let mut app = app("{{ csrf_field() }}").await;
        let page = app.get("/read-only").await;
        page.assert_ok().assert_see("name=\"_token\"");
        assert!(page.header("set-cookie").is_some_and(|cookie| cookie.starts_with("session_form=")));
    }

    #[tokio::test]
    async fn a_form_outside_of_the_session_says_which_line_is_missing() {
        let mut app = app("{{ csrf_field() }}").await;
        let page = app.get("/bare").await;
        page.assert_status(500).assert_see("add StartSession to the group").assert_see("page.html");
    }

    #[tokio::test]
    async fn a_link_to_a_route_that_does_not_exist_says_what_to_do() {
        let mut app = app(r#"{{ route(name="nowhere") }}"#).await;
        app.get("/").await.assert_status(500).assert_see("no route is named `nowhere`: give it to a route");
    }
}
