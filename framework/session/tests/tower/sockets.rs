//! Over real connections: a client that disconnects, and fifty at once.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Path, Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use salon_session::{Error, Session, SessionEvent, Sessions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
};

#[derive(Default)]
struct Gate {
    is_in: Notify,
    may_go: Notify,
    is_gone: Notify,
}

/// Reports that the server has dropped a request, or has answered it.
struct Watched(Arc<Gate>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.is_gone.notify_one();
    }
}

async fn watch(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let _watched = (request.uri().path() == "/pay").then(|| Watched(gate));
    next.run(request).await
}

async fn pay(State(gate): State<Arc<Gate>>, session: Session) -> Result<&'static str, Error> {
    session.put("paid", true)?;
    session.regenerate()?;
    gate.is_in.notify_one();
    gate.may_go.notified().await;
    Ok("paid")
}

async fn begin(session: Session) -> Result<(), Error> {
    session.put("begun", true)
}

async fn keys(session: Session) -> String {
    session.all().keys().cloned().collect::<Vec<_>>().join(" ")
}

async fn add(Path(key): Path<String>, session: Session) -> Result<(), Error> {
    session.put(&key, 1)
}

async fn serve(sessions: &Sessions) -> (SocketAddr, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let routes = Router::new().route("/pay", get(pay).post(pay)).route("/begin", get(begin)).route("/keys", get(keys));
    let routes = routes.route("/add/{key}", get(add)).layer(sessions.layer());
    let app = routes.layer(from_fn_with_state(Arc::clone(&gate), watch)).with_state(Arc::clone(&gate));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, gate)
}

async fn send(address: SocketAddr, line: &str, cookie: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn get_text(address: SocketAddr, path: &str, cookie: &str) -> String {
    let mut text = String::new();
    send(address, &format!("GET {path}"), cookie).await.read_to_string(&mut text).await.unwrap();
    text
}

/// Begins a session, and returns its cookie.
async fn cookie(address: SocketAddr) -> String {
    let text = get_text(address, "/begin", "").await;
    text.split("set-cookie: ").nth(1).unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn f_30_a_client_that_disconnects_does_not_interrupt_an_unsafe_request() {
    let sessions = Sessions::memory().await.unwrap();
    let (address, gate) = serve(&sessions).await;
    let cookie = cookie(address).await;
    let (saved, mut is_saved) = mpsc::unbounded_channel();
    sessions.listen(move |event| {
        if matches!(event, SessionEvent::Regenerated { .. }) {
            let _ = saved.send(());
        }
    });
    let paying = send(address, "POST /pay", &cookie).await;
    gate.is_in.notified().await;
    drop(paying);
    gate.is_gone.notified().await;
    gate.may_go.notify_one();
    tokio::time::timeout(Duration::from_secs(30), is_saved.recv()).await.unwrap().unwrap();
    assert!(get_text(address, "/keys", &cookie).await.ends_with("\r\n\r\nbegun paid"));
}

#[tokio::test]
async fn f_30_a_client_that_disconnects_from_a_safe_request_has_nothing_saved() {
    let sessions = Sessions::memory().await.unwrap();
    let (address, gate) = serve(&sessions).await;
    let cookie = cookie(address).await;
    let paying = send(address, "GET /pay", &cookie).await;
    gate.is_in.notified().await;
    drop(paying);
    gate.is_gone.notified().await;
    assert!(get_text(address, "/keys", &cookie).await.ends_with("\r\n\r\nbegun"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_connections_at_once_leave_fifty_keys() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = Sessions::sqlite(folder.path().join("app.sqlite")).create_table().await.unwrap();
    let (address, _) = serve(&sessions).await;
    let cookie = cookie(address).await;
    let writes = (0..50).map(|k| {
        let cookie = cookie.clone();
        tokio::spawn(async move { get_text(address, &format!("/add/u{k}"), &cookie).await })
    });
    for write in writes.collect::<Vec<_>>() {
        assert!(write.await.unwrap().starts_with("HTTP/1.1 200"));
    }
    let keys = get_text(address, "/keys", &cookie).await;
    assert_eq!(keys.rsplit("\r\n").next().unwrap().split(' ').count(), 51);
}
