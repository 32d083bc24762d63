//! An app that speaks TLS itself.

use std::{net::SocketAddr, path::Path, process::Command, sync::Arc};

use salon_tests::{AppFolder, Binary, Process, Signal, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

/// Writes a certificate and its key into the folder of an app.
fn issue(folder: &AppFolder) -> CertificateDer<'static> {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    folder.write("storage/chain.pem", &issued.cert.pem());
    folder.write("storage/key.pem", &issued.signing_key.serialize_pem());
    issued.cert.der().clone()
}

fn start(binary: Binary, folder: &Path, environment: &[(&str, &str)]) -> Process {
    let mut command = Command::new(binary.path());
    command.current_dir(folder).env_clear().env("APP_PORT", "0").env("LOGGING_LEVEL", "trace");
    command.env("SERVER_TLS_CERTIFICATE", "storage/chain.pem").env("SERVER_TLS_KEY", "storage/key.pem");
    Process::start(command.envs(environment.iter().copied()))
}

async fn address(server: &Process) -> SocketAddr {
    let line = server.line(" listens on ").await;
    let address = line.split_once("https://").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    address.unwrap_or_else(|| panic!("no address in {line:?}"))
}

/// The answer to a request, if the server shows this certificate.
async fn ask(address: SocketAddr, certificate: &CertificateDer<'static>, path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let socket = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    within("an answer", stream.read_to_string(&mut answer)).await?;
    Ok(answer)
}

#[tokio::test]
async fn over_tls_the_cookie_of_the_session_is_for_https_only() {
    let folder = AppFolder::new();
    let certificate = issue(&folder);
    let server = start(Binary::App, folder.path(), &[]);
    let answer = ask(address(&server).await, &certificate, "/").await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("set-cookie: __Host-session=") && answer.contains("; Secure"), "{answer}");
    server.signal(Signal::TERM);
    let ended = server.end().await;
    let key = folder.read("storage/key.pem");
    let secret = key.lines().nth(1).expect("a key has lines");
    assert!(!ended.assert_success().stderr.contains(secret), "the key is in the log");
}

#[tokio::test]
async fn a_certificate_that_is_renewed_needs_no_restart_and_a_broken_one_is_logged() {
    let folder = AppFolder::new();
    let old = issue(&folder);
    let server = start(Binary::Probe, folder.path(), &[]);
    let address = address(&server).await;
    folder.write("storage/chain.pem", "oops");
    server.complaint("cannot replace the certificate").await;
    assert!(ask(address, &old, "/nothing").await.expect("an answer").ends_with("nothing"));
    let new = issue(&folder);
    server.complaint("the certificate was replaced").await;
    assert!(ask(address, &new, "/nothing").await.expect("an answer").ends_with("nothing"));
    assert!(ask(address, &old, "/nothing").await.is_err());
}

#[tokio::test]
async fn a_unix_socket_beside_it_stays_without_tls() {
    let folder = AppFolder::new();
    let certificate = issue(&folder);
    let listen = ("SERVER_LISTEN", "unix:storage/http.sock,127.0.0.1:0");
    let server = start(Binary::Probe, folder.path(), &[listen]);
    assert!(ask(address(&server).await, &certificate, "/nothing").await.expect("an answer").ends_with("nothing"));
    let mut stream = UnixStream::connect(folder.path().join("storage/http.sock")).await.expect("it listens");
    stream.write_all(b"GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.expect("it reads");
    let mut answer = String::new();
    within("an answer", stream.read_to_string(&mut answer)).await.expect("an answer");
    assert!(answer.ends_with("nothing"), "{answer}");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_keeps_the_app_from_starting() {
    let folder = AppFolder::new();
    let refused = start(Binary::App, folder.path(), &[]).end().await;
    refused.assert_refused(&["cannot read", "storage/chain.pem", "tls_certificate", "config/server.toml"]);
    issue(&folder);
    let other = AppFolder::new();
    issue(&other);
    folder.write("storage/key.pem", &other.read("storage/key.pem"));
    let refused = start(Binary::App, folder.path(), &[]).end().await;
    refused.assert_refused(&["storage/chain.pem", "cannot be used with the key in", "storage/key.pem"]);
    let refused = start(Binary::App, folder.path(), &[("SERVER_TLS_KEY", "")]).end().await;
    refused.assert_refused(&["tls_key", "belong together"]);
    let refused = start(Binary::App, folder.path(), &[("APP_URL", "http://blog.example")]).end().await;
    refused.assert_refused(&["SERVER_TLS_CERTIFICATE", "APP_URL", "https"]);
}
