//! Sessions in an axum app.
//!
//! ```sh
//! cargo run -p salon-session --features axum --example axum
//! curl -c jar -b jar http://127.0.0.1:3000/        # 1, then 2
//! ```
//!
//! `PORT` sets the port (3000 by default), and `SESSIONS` where sessions are kept: a URL of the features that are on
//! (`redis://127.0.0.1`, `sqlite:app.sqlite`, `postgres://…`, `mysql://…`, `memcached://…`), a folder (`./sessions`), or
//! `memory`, the default.

use std::{env, error::Error, net::SocketAddr, time::Duration};

use axum::{
    Form, Router,
    extract::{ConnectInfo, Query},
    response::{Html, Redirect},
    routing::{get, post},
};
use salon_session::{CsrfLayer, ErrorBag, Session, Sessions, SessionsBuilder};
use serde::Deserialize;

type Result<T, E = salon_session::Error> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    let place = env::var("SESSIONS").unwrap_or_else(|_| "memory".to_owned());
    // This example speaks plain http. Behind https, leave `secure(false)` out.
    let sessions = choose(&place)?.create_table().secure(false).await?;
    let layer = sessions.layer().client_address(|request| {
        let ConnectInfo(peer) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(peer.ip())
    });
    let app = Router::new()
        .route("/", get(visits))
        .route("/notes", get(notes).post(add_note))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .route("/add", get(add))
        .route("/keys", get(keys))
        // axum runs the layer that was added last first: the session, then the check of the token.
        .layer(CsrfLayer::new())
        .layer(layer);

    let port = env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{} keeps its sessions in {}", listener.local_addr()?, sessions.manager().driver_name());
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

fn choose(place: &str) -> Result<SessionsBuilder, String> {
    Ok(match place.split_once(':').map_or(place, |(scheme, _)| scheme) {
        "memory" => Sessions::memory(),
        #[cfg(feature = "redis")]
        "redis" | "rediss" | "redis+unix" | "redis+sentinel" | "redis+cluster" => Sessions::redis(place),
        #[cfg(feature = "sqlite")]
        "sqlite" => Sessions::sqlite(place),
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => Sessions::postgres(place),
        #[cfg(feature = "mysql")]
        "mysql" | "mariadb" => Sessions::mysql(place),
        #[cfg(feature = "memcached")]
        "memcached" => Sessions::memcached(place),
        scheme if place.contains(':') => {
            return Err(format!("SESSIONS={scheme}:… needs a feature: run with `--features axum,{scheme}`"));
        }
        folder => Sessions::file(folder),
    })
}

/// Counts. Parallel visits all count: the layer merges what they change.
async fn visits(session: Session) -> Result<String> {
    Ok(session.increment("visits")?.to_string() + "\n")
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

/// Shows the notes, with the message or the error of the form that led here, once.
async fn notes(session: Session) -> Result<Html<String>> {
    let notes: Vec<String> = session.get_or("notes", Vec::new())?;
    let message: String = session.get_flash("success")?.unwrap_or_default();
    let errors = session.errors();
    let old: String = session.old("text")?.unwrap_or_default();
    Ok(Html(format!(
        "<!doctype html><title>Notes</title>\n\
         <p>{}{}</p>\n\
         <ul>{}</ul>\n\
         <form method=\"post\">{field} <input name=\"text\" value=\"{}\"> <button>Add</button></form>\n\
         <form method=\"post\" action=\"/login\">{field} <input name=\"user\"> <button>Log in</button></form>\n\
         <form method=\"post\" action=\"/logout\">{field} {} <button>Log out</button></form>\n",
        escape(&message),
        errors.first("text").map(escape).unwrap_or_default(),
        notes.iter().map(|note| format!("<li>{}</li>", escape(note))).collect::<String>(),
        escape(&old),
        escape(session.user().as_deref().unwrap_or("nobody")),
        field = session.csrf_field()?,
    )))
}

async fn add_note(session: Session, Form(note): Form<Note>) -> Result<Redirect> {
    if note.text.trim().is_empty() {
        let mut errors = ErrorBag::new();
        errors.add("text", "Please write something.");
        session.flash_errors(&errors)?;
        session.flash_input(serde_json::json!({ "text": note.text }))?;
    } else {
        session.push("notes", &note.text)?;
        session.flash("success", "Noted.")?;
    }
    Ok(Redirect::to("/notes"))
}

#[derive(Deserialize)]
struct Login {
    user: String,
}

/// A real app checks a password first. The session gets a new id and a new token, and keeps its data.
async fn login(session: Session, Form(login): Form<Login>) -> Result<Redirect> {
    session.login(login.user)?;
    session.flash("success", "Welcome!")?;
    Ok(Redirect::to("/notes"))
}

/// Ends the session on every server at once. A slower request cannot bring it back.
async fn logout(session: Session) -> Result<Redirect> {
    session.logout()?;
    Ok(Redirect::to("/notes"))
}

#[derive(Deserialize)]
struct Add {
    k: u32,
}

/// Reads the session, takes its time, and writes one key. Fifty of these at once leave fifty keys.
async fn add(session: Session, Query(Add { k }): Query<Add>) -> Result<&'static str> {
    let _ = session.all();
    tokio::time::sleep(Duration::from_millis(20)).await;
    session.put(format!("u{k}"), k)?;
    Ok("ok\n")
}

async fn keys(session: Session) -> String {
    let keys = (0..50).filter(|k| session.has(format!("u{k}"))).count();
    format!("u={keys}\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
