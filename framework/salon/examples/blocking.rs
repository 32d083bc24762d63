//! A route that one request of a visitor has to itself: `cargo run -p salon --example blocking`.
//!
//! ```sh
//! curl --cookie-jar jar http://127.0.0.1:3000
//! for i in 1 2 3; do curl --silent --cookie jar -X POST http://127.0.0.1:3000/pay & done; wait
//! ```
//!
//! Two of them pay, one after the other, and the third finds too little.

use std::{process::ExitCode, time::Duration};

use salon::{
    Application, Result,
    http::MiddlewareList,
    middleware::StartSession,
    routing::{MiddlewareGroups, Router},
    session::{Session, concurrency},
};

struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession))
    }
}

async fn top_up(session: Session) -> Result<&'static str> {
    session.put("balance", 100)?;
    Ok("Your balance is 100.\n")
}

/// No other blocking request of this visitor runs between the first line and the last. Without `block`, all three would
/// read a balance of 100 and pay.
async fn pay(session: Session) -> Result<String> {
    let balance: u32 = session.get_or("balance", 0)?;
    if balance < 40 {
        return Ok(format!("{balance} is not enough.\n"));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    session.put("balance", balance - 40)?;
    Ok(format!("Paid 40, {} left.\n", balance - 40))
}

fn web(route: &mut Router) {
    route.get("/", top_up);
    route.post("/pay", pay).session(concurrency::block());
}

fn main() -> ExitCode {
    let app = Application::configure().root("no-files").configuration(|config| config.set("session.driver", "memory"));
    salon::main(app.kernel(Kernel).routes("web", web))
}
