//! What a request costs in the session, without HTTP, on the driver `memory`: `cargo bench -p salon-session`.
//!
//! To compare two versions, save a baseline on the old one (`cargo bench -p salon-session -- --save-baseline old`), and
//! compare on the new one (`-- --baseline old`).

use criterion::Criterion;
use salon_session::{Destination, RequestFacts, ResponseFacts, Result, Visit, doc_support::manager};
use tokio::runtime::Runtime;

/// Begins the request of a page.
async fn begin(id: Option<&str>) -> Result<Visit> {
    let manager = manager();
    let driver = manager.driver_for_request().await?;
    let facts = RequestFacts { is_safe: true, destination: Destination::Document, ..RequestFacts::default() };
    let cookies = id.map(|id| (manager.cookie().name(), id));
    Visit::begin(driver, facts, cookies.into_iter()).await
}

/// Saves what the request has changed, as if it had shown a page.
async fn finish(visit: Visit) -> Result<()> {
    let response = ResponseFacts { status: 200, is_html: true, is_error: false };
    visit.finish(response).await.error.map_or(Ok(()), Err)
}

/// Stores a session of about one kilobyte, and returns its id.
async fn seed() -> Result<String> {
    let visit = begin(None).await?;
    let session = visit.session().clone();
    session.put("name", "Ada Lovelace")?;
    session.put("count", 0)?;
    session.put_many((0..8).map(|field| (format!("field{field}"), "x".repeat(100))))?;
    finish(visit).await?;
    Ok(session.id()?.expose())
}

async fn unused(id: &str) -> Result<()> {
    finish(begin(Some(id)).await?).await
}

async fn read(id: &str) -> Result<Option<String>> {
    let visit = begin(Some(id)).await?;
    let name = visit.session().get("name")?;
    finish(visit).await?;
    Ok(name)
}

async fn increment(id: &str) -> Result<i64> {
    let visit = begin(Some(id)).await?;
    let count = visit.session().increment("count")?;
    finish(visit).await?;
    Ok(count)
}

/// Two parallel requests write, and the changes of the second are merged into what the first has saved.
async fn merge(id: &str) -> Result<()> {
    let (one, other) = (begin(Some(id)).await?, begin(Some(id)).await?);
    one.session().increment("count")?;
    other.session().increment("count")?;
    finish(one).await?;
    finish(other).await
}

async fn flash(id: &str) -> Result<Option<String>> {
    let visit = begin(Some(id)).await?;
    let message = visit.session().get_flash("success")?;
    visit.session().flash("success", "Saved.")?;
    finish(visit).await?;
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
