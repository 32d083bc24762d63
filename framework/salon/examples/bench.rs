//! A small app with fixed routes, for benchmarks: `cargo run --release -p salon --example bench`.
//!
//! It listens on `127.0.0.1:$PORT` (3000) with `$WORKERS` worker threads (1) and without a log. `SESSION_DRIVER` sets
//! the driver (memory), `TTL` the sessions' lifetime in seconds (7200), `FILES` the folder of the file driver (a
//! temporary one), and `REDIS_URL`, `MEMCACHED_URL`, `SQLITE_PATH`, `PG_URL` and `MYSQL_URL` the servers. With the
//! driver `database`, `DATABASE` is `sqlite` (the default), `postgres` or `mysql`, and the table is created at startup.

use std::{
    env, fs,
    path::{self, Path},
    process::ExitCode,
    str::FromStr,
    time::{Duration, Instant},
};

use salon::{
    Application, Result, facades,
    foundation::ApplicationBuilder,
    http::{MiddlewareList, Redirect, Server, extract::Query, redirect},
    middleware::StartSession,
    routing::{MiddlewareGroups, Router},
    session::Session,
    view::{View, view},
};
use serde::{Deserialize, Serialize};

/// The key of the cookie driver. A benchmark has no secrets.
const KEY: &str = "base64:2AIJSJYu3s8+faBunCvZPpyiLtSpiRlPAtBVCIWXgvI=";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new()
            .group("plain", MiddlewareList::new())
            .group("web", MiddlewareList::new().with(StartSession))
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", salon::support::sentence(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), BoxError> {
    let workers = variable("WORKERS", 1)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result<(), BoxError> {
    let root = tempfile::tempdir()?;
    fs::create_dir_all(root.path().join("resources/views"))?;
    fs::write(root.path().join("resources/views/page.html"), PAGE)?;
    let driver = env::var("SESSION_DRIVER").unwrap_or_else(|_| "memory".to_owned());
    if driver == "database" {
        make_table(root.path()).await?;
    }
    let app = app(root.path(), &driver)?.boot().await?;
    let server = Server::bind(format!("127.0.0.1:{}", variable("PORT", 3000_u16)?)).await?;
    println!("listening on {server}");
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Ok(app.serve(server, stop).await?)
}

fn app(root: &Path, driver: &str) -> Result<ApplicationBuilder, BoxError> {
    let driver = driver.to_owned();
    let files = env::var_os("FILES").map_or_else(|| Ok(root.join("sessions")), path::absolute)?;
    let lifetime: f64 = variable("TTL", 7200.0)?;
    let app = Application::configure().kernel(Kernel).root(root).configuration(move |config| {
        let config = config.set("app.key", KEY).set("session.driver", driver);
        let config = config.set("session.files", files.display().to_string()).set("session.lifetime", lifetime / 60.0);
        servers().into_iter().fold(config, |config, (key, value)| config.set(&key, value))
    });
    Ok(app.routes("plain", plain).routes("web", web))
}

/// Creates the table of the driver `database`, if there is none yet.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
async fn make_table(root: &Path) -> Result<(), BoxError> {
    use salon::{
        console::{ConsoleError, write_session_table},
        database::DatabaseManager,
        session::SessionConfig,
        support::Clock,
    };
    // The driver cannot be opened before its table exists.
    let app = app(root, "null")?.boot().await?;
    let databases = app.get::<DatabaseManager>().ok_or("no database manager is bound")?;
    match write_session_table(&databases, &SessionConfig::default(), Clock::system().now()).await {
        Ok(_) => drop(databases.migrations(None).await?.run().await?),
        Err(ConsoleError::TableExists { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The driver itself reports what is missing.
#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
async fn make_table(_root: &Path) -> Result<(), BoxError> {
    Ok(())
}

/// Returns the configuration keys that have values in the environment.
fn servers() -> Vec<(String, String)> {
    let names =
        [("redis", "REDIS_URL"), ("memcached", "MEMCACHED_URL"), ("postgres", "PG_URL"), ("mysql", "MYSQL_URL")];
    let urls = names.into_iter().filter_map(|(name, variable)| Some((name, env::var(variable).ok()?)));
    // The path is relative to the current directory; the app runs in another folder.
    let sqlite = env::var_os("SQLITE_PATH").and_then(|file| path::absolute(file).ok());
    let sqlite = sqlite.map(|file| ("sqlite", format!("sqlite:{}", file.display())));
    let urls = urls.chain(sqlite).map(|(name, url)| (format!("database.connections.{name}.url"), url));
    urls.chain(env::var("DATABASE").ok().map(|name| ("database.default".to_owned(), name))).collect()
}

/// Parses a number from the environment.
fn variable<T: FromStr>(name: &str, default: T) -> Result<T, BoxError> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name} must be a number, not `{text}`").into()),
        Err(_) => Ok(default),
    }
}

fn plain(route: &mut Router) {
    route.get("/plain", || async { "hello" });
    route.get("/sweep", sweep);
}

fn web(route: &mut Router) {
    route.get("/plain-web", || async { "hello" });
    route.get("/seed", seed);
    route.get("/new", new);
    route.get("/read", read);
    route.get("/count", count);
    route.get("/flash-set", flash_set);
    route.get("/flash-get", flash_get);
    route.get("/page", page);
    route.get("/slow-add", slow_add);
    route.get("/slow-count", slow_count);
    route.get("/keys", keys);
}

async fn seed(session: Session) -> Result<&'static str> {
    session.put("name", "Ada Lovelace")?;
    session.put("count", 0)?;
    for field in 0..8 {
        session.put(format!("field{field}"), "x".repeat(100))?;
    }
    Ok("ok")
}

async fn new(session: Session) -> Result<&'static str> {
    session.put("name", "Ada Lovelace")?;
    Ok("ok")
}

async fn read(session: Session) -> Result<String> {
    Ok(session.get("name")?.unwrap_or_default())
}

async fn count(session: Session) -> Result<String> {
    Ok(session.increment("count")?.to_string())
}

async fn flash_set(session: Session) -> Result<Redirect> {
    session.flash("status", "Saved.")?;
    Ok(redirect().to("/flash-get"))
}

async fn flash_get(session: Session) -> Result<String> {
    Ok(session.get_flash("status")?.unwrap_or_else(|| "none".to_owned()))
}

#[derive(Serialize)]
struct Row {
    id: usize,
    message: String,
}

const PAGE: &str = r#"<!DOCTYPE html>
<html><head><title>Fortunes</title></head><body>
<p>Hello, {{ name }}.</p>
<table><tr><th>id</th><th>message</th></tr>
{% for row in rows %}<tr><td>{{ row.id }}</td><td>{{ row.message }}</td></tr>
{% endfor %}</table>
</body></html>
"#;

async fn page(session: Session) -> Result<View> {
    let rows: Vec<Row> = (0..20).map(|id| Row { id, message: format!("<b>fortune & fate {id}</b>") }).collect();
    Ok(view("page.html").with("rows", rows).with("name", session.get_or("name", String::new())?))
}

#[derive(Deserialize)]
struct SlowAdd {
    k: u32,
}

async fn slow_add(session: Session, Query(SlowAdd { k }): Query<SlowAdd>) -> Result<&'static str> {
    session.get::<String>("name")?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    session.put(format!("u{k}"), k)?;
    Ok("ok")
}

async fn slow_count(session: Session) -> Result<&'static str> {
    session.get::<i64>("count")?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    session.increment("count")?;
    Ok("ok")
}

async fn keys(session: Session) -> Result<String> {
    let found = (0..50).filter(|key| session.has(format!("u{key}"))).count();
    Ok(format!("u={found} count={}", session.get_or("count", 0)?))
}

async fn sweep() -> Result<String> {
    let start = Instant::now();
    facades::Session::gc().await?;
    Ok(start.elapsed().as_micros().to_string())
}
