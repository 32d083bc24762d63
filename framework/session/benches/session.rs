//! What a request costs in the session, without HTTP, on the driver `memory`: `cargo bench -p salon-session`.
//!
//! To compare two versions, save a baseline on the old one (`cargo bench -p salon-session -- --save-baseline old`), and
//! compare on the new one (`-- --baseline old`).

use criterion::Criterion;
use salon_session::{Ending, Result, Session, doc_support::build_session};
use tokio::runtime::Runtime;

/// Starts the session of a request.
async fn begin(id: &str) -> Result<Session> {
    let session = build_session(Some(id));
    session.start().await?;
    Ok(session)
}

/// Saves what the request has changed, as if it had shown a page.
async fn finish(session: &Session) -> Result<()> {
    session.commit(Ending::CloseAndAge).await
}

/// Stores a session of about one kilobyte, and returns its id.
async fn seed() -> Result<String> {
    let session = build_session(None);
    session.start().await?;
    session.put("name", "Ada Lovelace")?;
    session.put("count", 0)?;
    session.put_many((0..8).map(|field| (format!("field{field}"), "x".repeat(100))))?;
    finish(&session).await?;
    Ok(session.id()?.expose())
}

async fn unused(id: &str) -> Result<()> {
    finish(&begin(id).await?).await
}

async fn read(id: &str) -> Result<Option<String>> {
    let session = begin(id).await?;
    let name = session.get("name")?;
    finish(&session).await?;
    Ok(name)
}

async fn increment(id: &str) -> Result<i64> {
    let session = begin(id).await?;
    let count = session.increment("count")?;
    finish(&session).await?;
    Ok(count)
}

/// Two parallel requests write, and the changes of the second are merged into what the first has saved.
async fn merge(id: &str) -> Result<()> {
    let (one, other) = (begin(id).await?, begin(id).await?);
    one.increment("count")?;
    other.increment("count")?;
    finish(&one).await?;
    finish(&other).await
}

async fn flash(id: &str) -> Result<Option<String>> {
    let session = begin(id).await?;
    let message = session.get_flash("success")?;
    session.flash("success", "Saved.")?;
    finish(&session).await?;
    Ok(message)
}

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Runtime::new().expect("a runtime");
    let id = &*runtime.block_on(seed())?;
    criterion.bench_function("unused", |bencher| bencher.to_async(&runtime).iter(async || unused(id).await));
    criterion.bench_function("read", |bencher| bencher.to_async(&runtime).iter(async || read(id).await));
    criterion.bench_function("increment", |bencher| bencher.to_async(&runtime).iter(async || increment(id).await));
    criterion.bench_function("merge", |bencher| bencher.to_async(&runtime).iter(async || merge(id).await));
    criterion.bench_function("flash", |bencher| bencher.to_async(&runtime).iter(async || flash(id).await));
    criterion.final_summary();
    Ok(())
}
