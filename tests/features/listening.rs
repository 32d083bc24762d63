//! Where the app listens: several addresses, Unix sockets, sockets that systemd passes; and how a second signal ends it.

use std::{
    fs,
    os::{fd::AsRawFd, unix::fs::FileTypeExt},
    path::Path,
    process::Command,
};

use salon_tests::{AppFolder, Binary, Gate, Process, Server, Signal, mode, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixDatagram, UnixStream},
};

/// Starts the probe where it does not have to listen on TCP.
fn start(folder: &AppFolder, environment: &[(&str, &str)]) -> Process {
    let mut command = Command::new(Binary::Probe.path());
    command.current_dir(folder.path()).env_clear().envs(environment.iter().copied());
    Process::start(&mut command)
}

/// The answer to a request over a Unix socket.
async fn ask(socket: &Path, path: &str) -> String {
    let mut stream = UnixStream::connect(socket).await.expect("somebody listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    within("an answer", stream.read_to_string(&mut answer)).await.expect("an answer");
    answer
}

#[tokio::test]
async fn the_app_listens_on_a_port_and_on_a_unix_socket_at_the_same_time() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SERVER_LISTEN", "127.0.0.1:0,unix:storage/http.sock")]).await;
    let socket = folder.path().join("storage/http.sock");
    assert_eq!(mode(&socket), 0o660);
    server.visitor().get("/count").await.assert_status(200).assert_see("1");
    let answer = ask(&socket, "/count").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("set-cookie: session="), "{answer}");
    let ended = server.stop().await;
    assert!(ended.assert_success().stdout.contains("/storage/http.sock (press Ctrl-C to stop)"), "{ended:?}");
    assert!(!socket.exists(), "its file is removed");
}

#[tokio::test]
async fn the_unix_socket_of_a_server_that_was_killed_is_replaced_and_that_of_a_live_one_is_not() {
    let folder = AppFolder::new();
    let environment = [("SERVER_LISTEN", "unix:storage/http.sock")];
    let socket = folder.path().join("storage/http.sock");
    let killed = start(&folder, &environment);
    killed.line("listens on unix:").await;
    killed.signal(Signal::KILL);
    killed.end().await;
    assert!(fs::metadata(&socket).expect("it was left behind").file_type().is_socket());

    let server = start(&folder, &environment);
    server.line("listens on unix:").await;
    start(&folder, &environment).end().await.assert_refused(&["already listens", "http.sock", "SERVER_LISTEN"]);
    assert!(ask(&socket, "/nothing").await.ends_with("nothing"));
    server.signal(Signal::TERM);
    server.end().await.assert_success();
}

#[tokio::test]
async fn an_address_that_is_none_keeps_the_app_from_starting() {
    for (listen, said) in
        [("localhost:3000", "`localhost:3000` is not an address"), ("unix:config/app.toml", "not a socket")]
    {
        let refused = start(&AppFolder::new(), &[("SERVER_LISTEN", listen)]).end().await;
        refused.assert_refused(&[said, "SERVER_LISTEN"]);
    }
}

#[tokio::test]
async fn sr_66_a_client_of_a_unix_socket_never_sees_the_debug_page() {
    let folder = AppFolder::new();
    let listen = ("SERVER_LISTEN", "127.0.0.1:0,unix:storage/http.sock");
    let server = Server::probe(&folder, &[listen, ("APP_ENV", "development"), ("APP_DEBUG", "true")]).await;
    let shown = server.visitor().get("/fail").await;
    shown.assert_status(500).assert_see("tests/probe/sessions.rs");
    let hidden = ask(&folder.path().join("storage/http.sock"), "/fail").await;
    assert!(hidden.starts_with("HTTP/1.1 500 ") && !hidden.contains("sessions.rs"), "{hidden}");
}

#[tokio::test]
async fn sockets_that_systemd_passes_are_served_instead_of_the_configured_address() {
    let folder = AppFolder::new();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let path = folder.path().join("storage/passed.sock");
    let unix = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    for socket in [tcp.as_raw_fd(), unix.as_raw_fd()] {
        assert!(socket > 4, "the shell moves them to 3 and 4");
    }
    // The probe inherits them, with the numbers and variables that systemd would use.
    rustix::io::fcntl_setfd(&tcp, rustix::io::FdFlags::empty()).expect("a descriptor");
    rustix::io::fcntl_setfd(&unix, rustix::io::FdFlags::empty()).expect("a descriptor");
    let script = format!("exec 3<&{} 4<&{}; export LISTEN_FDS=2 LISTEN_PID=$$", tcp.as_raw_fd(), unix.as_raw_fd());
    let server = Server::prepared_probe(&folder, &["/bin/bash"], &script, &[]).await;
    assert_eq!(server.address(), tcp.local_addr().expect("an address"));
    server.visitor().get("/count").await.assert_status(200).assert_see("1");
    assert!(ask(&path, "/nothing").await.ends_with("nothing"));
    server.stop().await.assert_success();
    assert!(path.exists(), "its file belongs to systemd");
}

#[tokio::test]
async fn systemd_learns_when_the_app_is_ready_and_when_it_stops() {
    let folder = AppFolder::new();
    let path = folder.path().join("notify.sock");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    let notified = async || {
        let mut message = [0; 256];
        let length = within("a notification", manager.recv(&mut message)).await.expect("a notification");
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let server = start(&folder, &[("APP_PORT", "0"), ("NOTIFY_SOCKET", &path.to_string_lossy())]);
    assert_eq!(notified().await, "READY=1\n");
    server.signal(Signal::TERM);
    assert_eq!(notified().await, "STOPPING=1\n");
    server.end().await.assert_success();
}

#[tokio::test]
async fn a_second_signal_ends_the_app_at_once() {
    for (first, second, code) in [(Signal::INT, Signal::INT, 130), (Signal::TERM, Signal::TERM, 143)] {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[]).await;
        let mut connection = TcpStream::connect(server.address()).await.expect("a connection");
        let request = format!("GET /slow?{} HTTP/1.1\r\nhost: x\r\n\r\n", gate.query());
        connection.write_all(request.as_bytes()).await.expect("the server reads");
        let handler = gate.arrival().await;
        server.process().signal(first);
        server.process().line("Finishing the requests in flight").await;
        server.process().signal(second);
        let ended = server.end().await;
        assert_eq!(ended.status.code(), Some(code), "{ended:?}");
        assert!(!ended.stdout.contains("has stopped"), "{ended:?}");
        handler.gone().await;
    }
}

#[tokio::test]
async fn the_clients_of_a_unix_socket_may_take_every_place() {
    let folder = AppFolder::new();
    let limits = [("SERVER_LISTEN", "unix:storage/http.sock"), ("SERVER_CONNECTIONS", "8")];
    let (gate, server) = (Gate::new().await, start(&folder, &limits));
    server.line("listens on unix:").await;
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut stream = UnixStream::connect(folder.path().join("storage/http.sock")).await.expect("it listens");
        let request = format!("GET /slow?{} HTTP/1.1\r\nhost: x\r\n\r\n", gate.query());
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        open.push(stream);
    }
    assert_eq!(gate.arrivals(8).await.len(), 8, "one address of the network gets a quarter of the places");
}
