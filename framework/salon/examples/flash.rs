//! A form, a redirect, and a message that is shown once: `cargo run -p salon --example flash`.
//!
//! Open <http://127.0.0.1:3000>, save, and reload the page: the message is gone.

use std::process::ExitCode;

use salon::{
    Application, Result,
    http::{Html, MiddlewareList, Redirect, redirect},
    middleware::{StartSession, VerifyCsrfToken},
    routing::{MiddlewareGroups, Router},
    session::Session,
};

struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
    }
}

async fn form(session: Session) -> Result<Html<String>> {
    let message = session.get_flash("success")?.unwrap_or_else(|| "Nothing saved just now.".to_owned());
    // In a template, `{{ csrf_field() }}` writes this field.
    let token = session.token()?;
    Ok(Html(format!(
        r#"<p>{message}</p>
<form method="post"><input type="hidden" name="_token" value="{token}"><button>Save</button></form>
"#
    )))
}

/// Answers with a redirect, so that reloading the next page does not save again.
async fn save() -> Redirect {
    redirect().to("/").with("success", "Saved.")
}

fn web(route: &mut Router) {
    route.get("/", form);
    route.post("/", save);
}

fn main() -> ExitCode {
    let app = Application::configure().root("no-files").configuration(|config| config.set("session.driver", "memory"));
    salon::main(app.kernel(Kernel).routes("web", web))
}
