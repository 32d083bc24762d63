//! Login, logout, and a list of a user's sessions: `cargo run -p salon --example login`.
//!
//! Log in at <http://127.0.0.1:3000> in two browsers, then end the other session from one of them.

use std::process::ExitCode;

use salon::{
    Application, Result, facades,
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

async fn home(session: Session) -> Result<Html<String>> {
    let token = session.token()?;
    let button = |path: &str, label: &str| {
        let field = format!(r#"<input type="hidden" name="_token" value="{token}">"#);
        format!(r#"<form method="post" action="{path}">{field}<button>{label}</button></form>"#) + "\n"
    };
    let Some(user) = session.user() else { return Ok(Html(button("/login", "Log in as Ada"))) };
    let mut page = format!("<p>You are {user}, logged in from:</p>\n");
    for login in facades::Session::user_sessions(&user).await? {
        let address = login.address.as_deref().unwrap_or("an unknown address");
        let mark = if login.digest == session.id()?.digest() { " (this browser)" } else { "" };
        page += &format!("<p>{address}{mark}</p>\n");
    }
    Ok(Html(page + &button("/end-others", "End the other sessions") + &button("/logout", "Log out")))
}

/// An app checks a password here. `login` issues a new id, so nobody who knew the old one is logged in, too.
async fn login(session: Session) -> Result<Redirect> {
    session.login("ada")?;
    Ok(redirect().to("/"))
}

async fn logout(session: Session) -> Result<Redirect> {
    session.logout()?;
    Ok(redirect().to("/"))
}

async fn end_others(session: Session) -> Result<Redirect> {
    if let Some(user) = session.user() {
        facades::Session::end_user_sessions(&user, Some(&session.id()?.digest())).await?;
    }
    Ok(redirect().to("/"))
}

fn web(route: &mut Router) {
    route.get("/", home);
    route.post("/login", login);
    route.post("/logout", logout);
    route.post("/end-others", end_others);
}

fn main() -> ExitCode {
    let app = Application::configure().root("no-files").configuration(|config| config.set("session.driver", "memory"));
    salon::main(app.kernel(Kernel).routes("web", web))
}
