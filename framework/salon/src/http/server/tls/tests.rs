use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client};

use super::{Tls, TlsError};
use crate::http::{Body, IntoResponse, Peer, Server, ServerOptions};

/// A certificate that its own key has signed.
struct Issued {
    certificate: String,
    key: String,
    der: CertificateDer<'static>,
}

fn issue() -> Issued {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Issued { certificate: issued.cert.pem(), key: issued.signing_key.serialize_pem(), der: issued.cert.der().clone() }
}

impl Issued {
    fn write(&self, folder: &Path) {
        fs::write(folder.join("chain.pem"), &self.certificate).unwrap();
        fs::write(folder.join("key.pem"), &self.key).unwrap();
    }

    /// Connects, and accepts this certificate only.
    async fn connect(&self, address: SocketAddr, protocol: &str) -> std::io::Result<client::TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        let socket = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), socket).await
    }

    async fn answer(&self, address: SocketAddr) -> String {
        let mut stream = self.connect(address, "http/1.1").await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

fn load(folder: &Path) -> Result<Tls, TlsError> {
    Tls::from_files(folder.join("chain.pem"), folder.join("key.pem"))
}

/// A server with this certificate. It runs until the end of the test.
async fn run(issued: &Issued, options: ServerOptions) -> (SocketAddr, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    issued.write(folder.path());
    let tls = load(folder.path()).unwrap();
    let server = Server::bind("127.0.0.1:0").await.unwrap().options(options).tls(tls);
    let address = server.local_addr().unwrap();
    assert_eq!(server.to_string(), format!("https://{address}"));
    let service = |request: http::Request<Body>, peer: Peer| async move {
        if request.uri().path() == "/large" {
            return vec![b'x'; 20_000_000].into_response();
        }
        format!("secure: {}, from {:?}", peer.is_secure(), peer.ip()).into_response()
    };
    tokio::spawn(server.serve(service, std::future::pending()));
    (address, folder)
}

#[tokio::test]
async fn a_request_over_tls_is_answered_and_known_to_be_secure() {
    let issued = issue();
    let (address, _folder) = run(&issued, ServerOptions::default()).await;
    let answer = issued.answer(address).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("secure: true, from Some(127.0.0.1)"), "{answer}");
}

#[tokio::test]
async fn a_client_chooses_http_2_in_the_handshake() {
    let issued = issue();
    let (address, _folder) = run(&issued, ServerOptions::default()).await;
    let mut stream = issued.connect(address, "h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "the first frame of an HTTP/2 server is SETTINGS");
}

#[tokio::test]
async fn a_large_response_arrives_as_a_whole() {
    let issued = issue();
    let (address, _folder) = run(&issued, ServerOptions::default()).await;
    let mut stream = issued.connect(address, "http/1.1").await.unwrap();
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.len() > 20_000_000 && answer.ends_with(b"xxx"), "{}", answer.len());
}

#[tokio::test]
async fn sr_62_a_client_that_does_not_read_over_tls_is_closed() {
    let issued = issue();
    let options = ServerOptions { transfer_timeout: Duration::from_millis(50), ..ServerOptions::default() };
    let (address, _folder) = run(&issued, options).await;
    let mut stream = issued.connect(address, "http/1.1").await.unwrap();
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // A write fails once the server has closed the connection, although nothing was read.
    let closed = async {
        while stream.write_all(b"x").await.is_ok() && stream.flush().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), closed).await.expect("the connection is closed");
}

#[tokio::test]
async fn a_certificate_that_is_replaced_is_used_by_the_next_connection() {
    let (old, new) = (issue(), issue());
    let (address, folder) = run(&old, ServerOptions::default()).await;
    let mut connected = old.connect(address, "http/1.1").await.unwrap();
    new.write(folder.path());
    let shown = async { while new.connect(address, "http/1.1").await.is_err() {} };
    timeout(Duration::from_secs(30), shown).await.expect("the new certificate is shown");
    assert!(old.connect(address, "http/1.1").await.is_err(), "the old one no longer is");
    connected.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    connected.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("secure: true"), "a connection from before goes on: {answer}");
}

#[tokio::test]
async fn a_new_certificate_that_cannot_be_used_leaves_the_old_one_in_use() {
    let (old, new) = (issue(), issue());
    let folder = tempfile::tempdir().unwrap();
    old.write(folder.path());
    let tls = load(folder.path()).unwrap();
    let shown = || tls.certificates().current().cert[0].clone();
    for broken in ["", "-----BEGIN CERTIFICATE-----\n?\n", &new.certificate] {
        fs::write(folder.path().join("chain.pem"), broken).unwrap();
        tls.certificates().look();
        assert_eq!(shown(), old.der, "{broken}");
    }
    fs::remove_file(folder.path().join("key.pem")).unwrap();
    tls.certificates().look();
    assert_eq!(shown(), old.der);
    // The certificate came first, and now its key.
    fs::write(folder.path().join("key.pem"), &new.key).unwrap();
    tls.certificates().look();
    assert_eq!(shown(), new.der);
}

#[tokio::test]
async fn sr_62_a_client_that_does_not_finish_its_handshake_is_closed_and_delays_nobody() {
    let issued = issue();
    let options = ServerOptions { header_timeout: Duration::from_millis(300), ..ServerOptions::default() };
    let (address, _folder) = run(&issued, options).await;
    let mut silent = Vec::new();
    for bytes in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        silent.push(stream);
    }
    let mut without_request = issued.connect(address, "http/1.1").await.unwrap();
    assert!(issued.answer(address).await.starts_with("HTTP/1.1 200"));
    for mut stream in silent {
        let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "the connection was kept");
    }
    let ended = timeout(Duration::from_secs(20), without_request.read_to_end(&mut Vec::new())).await;
    assert!(ended.is_ok(), "the connection was kept");
}

#[tokio::test]
async fn a_request_without_tls_is_closed_and_harms_nobody() {
    let issued = issue();
    let (address, _folder) = run(&issued, ServerOptions::default()).await;
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // It may end with a reset, because the server does not read everything.
    let ended = timeout(Duration::from_secs(20), plain.read_to_end(&mut answer)).await;
    assert!(ended.is_ok() && !answer.starts_with(b"HTTP/"), "{answer:?}");
    assert!(issued.answer(address).await.starts_with("HTTP/1.1 200"));
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_what_to_do_and_without_its_content() {
    let (issued, other) = (issue(), issue());
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let refused = |said: &str| {
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(said), "{said:?} is missing in {error:?}");
    };
    refused("cannot read");
    refused("`tls_certificate` in config/server.toml");
    issued.write(folder.path());
    assert!(load(folder.path()).is_ok());
    fs::write(&chain, &issued.key).unwrap();
    refused("there is no certificate in");
    fs::write(&chain, &issued.certificate).unwrap();
    fs::write(&key, &issued.certificate).unwrap();
    refused("there is no private key in");
    fs::write(&key, issued.key.replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY SECRET")).unwrap();
    let error = format!("{:?}", load(folder.path()).unwrap_err());
    assert!(!error.contains("SECRET"), "{error}");
    fs::write(&key, &other.key).unwrap();
    refused("cannot be used with the key in");
}
