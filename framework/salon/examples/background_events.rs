//! Listens to session events, and handles them in a background task: `cargo run -p salon --example background_events`.
//!
//! ```sh
//! curl --cookie-jar jar --cookie jar http://127.0.0.1:3000
//! curl --cookie-jar jar --cookie jar http://127.0.0.1:3000/end      # the server prints both events
//! ```

use std::process::ExitCode;

use salon::{
    Application, Result, ServiceProvider, facades,
    http::MiddlewareList,
    middleware::StartSession,
    routing::{MiddlewareGroups, Router},
    session::{Session, SessionEvent},
};
use tokio::sync::mpsc;

struct EventProvider;

impl ServiceProvider for EventProvider {
    async fn boot(&self, _app: &Application) -> Result<()> {
        let (sender, mut events) = mpsc::channel::<SessionEvent>(1000);
        // A listener runs while a request is handled, so it only passes the event on. A full queue drops events.
        facades::Session::listen(move |event| drop(sender.try_send(event.clone())))?;
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                println!("{event:?}");
            }
        });
        Ok(())
    }
}

struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession))
    }
}

async fn home(session: Session) -> Result<String> {
    Ok(format!("Visit number {}.\n", session.increment("visits")?))
}

async fn end(session: Session) -> Result<&'static str> {
    session.invalidate()?;
    Ok("Your session has ended.\n")
}

fn web(route: &mut Router) {
    route.get("/", home);
    route.get("/end", end);
}

fn main() -> ExitCode {
    let app = Application::configure().root("no-files").configuration(|config| config.set("session.driver", "memory"));
    salon::main(app.kernel(Kernel).provider(EventProvider).routes("web", web))
}
