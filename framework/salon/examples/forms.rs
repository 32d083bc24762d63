//! A form whose rules are checked before the handler runs: `cargo run -p salon --example forms`.
//!
//! Open <http://127.0.0.1:3000>, and sign with a message of two letters.

use std::process::ExitCode;

use garde::Validate;
use salon::{
    Application, Result,
    http::{Html, MiddlewareList, Redirect, extract::Form, redirect},
    middleware::{StartSession, VerifyCsrfToken},
    routing::{MiddlewareGroups, Router},
    session::Session,
    validation::Validated,
};
use serde::Deserialize;

struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
    }
}

#[derive(Deserialize, Validate)]
struct Entry {
    #[garde(length(chars, min = 3, max = 200))]
    message: String,
}

async fn form(session: Session) -> Result<Html<String>> {
    // A template escapes what visitors typed. Here it is done by hand.
    let escape = |text: String| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let notice = session.get_flash("success")?.map(escape).unwrap_or_default();
    let error = session.errors().first("message").unwrap_or_default().to_owned();
    let old = session.old("message")?.map(escape).unwrap_or_default();
    let token = session.token()?;
    Ok(Html(format!(
        r#"<p>{notice}</p>
<form method="post"><input type="hidden" name="_token" value="{token}">
<input name="message" value="{old}"> {error} <button>Sign</button></form>
"#
    )))
}

/// Runs only with a valid entry. Otherwise the visitor is sent back, with the errors and the input flashed.
async fn sign(entry: Validated<Form<Entry>>) -> Redirect {
    redirect().to("/").with("success", format!("You wrote: {}", entry.message))
}

fn web(route: &mut Router) {
    route.get("/", form);
    route.post("/", sign);
}

fn main() -> ExitCode {
    let app = Application::configure().root("no-files").configuration(|config| config.set("session.driver", "memory"));
    salon::main(app.kernel(Kernel).routes("web", web))
}
