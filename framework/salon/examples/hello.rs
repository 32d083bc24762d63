//! One route and a counter per visitor: `cargo run -p salon --example hello`.
//!
//! ```sh
//! curl --cookie-jar jar --cookie jar http://127.0.0.1:3000      # again and again
//! ```

use std::process::ExitCode;

use salon::{
    Application, Result,
    http::MiddlewareList,
    middleware::StartSession,
    routing::{MiddlewareGroups, Router},
    session::Session,
};

struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession))
    }
}

async fn home(session: Session) -> Result<String> {
    Ok(format!("Visit number {}.\n", session.increment("visits")?))
}

fn web(route: &mut Router) {
    route.get("/", home);
}

fn main() -> ExitCode {
    // An app has a folder with configuration and templates. This one does without, and keeps its sessions in memory.
    let app = Application::configure().root("no-files").configuration(|config| config.set("session.driver", "memory"));
    salon::main(app.kernel(Kernel).routes("web", web))
}
