//! A connection on which a test writes every byte itself.

use std::net::{IpAddr, SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::within;

/// A connection without a protocol: what is sent need not be a request, and what is received need not be a response.
#[derive(Debug)]
pub struct RawConnection {
    stream: TcpStream,
    /// What was received, and not returned yet.
    received: Vec<u8>,
}

impl RawConnection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(address)).await;
        let stream = stream.unwrap_or_else(|error| panic!("{address}: {error}"));
        Self { stream, received: Vec::new() }
    }

    /// Connects from another address of this machine, such as 127.0.0.2, with a small receive buffer if `window` says so.
    pub async fn open_from(client: IpAddr, address: SocketAddr, window: Option<u32>) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        if let Some(window) = window {
            socket.set_recv_buffer_size(window).expect("the system sets it");
        }
        socket.bind(SocketAddr::new(client, 0)).expect("an address of this machine");
        let stream = within("a connection", socket.connect(address)).await;
        Self { stream: stream.unwrap_or_else(|error| panic!("{address}: {error}")), received: Vec::new() }
    }

    /// Sends bytes. Returns false if the server has closed the connection.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within("a server that reads", self.stream.write_all(bytes.as_ref())).await.is_ok()
    }

    /// Sends bytes to a server that need not read them: what it has not read after a while is given up. Returns false if
    /// the server has closed the connection.
    pub async fn try_send(&mut self, bytes: &[u8], patience: std::time::Duration) -> bool {
        tokio::time::timeout(patience, self.stream.write_all(bytes)).await.is_ok_and(|sent| sent.is_ok())
    }

    /// Receives what there is. Returns `None` if the server has closed the connection.
    pub async fn receive(&mut self) -> Option<Vec<u8>> {
        if !self.received.is_empty() {
            return Some(std::mem::take(&mut self.received));
        }
        let mut bytes = vec![0; 16 * 1024];
        // A reset is an end, too.
        let read = within("something of the server", self.stream.read(&mut bytes)).await.unwrap_or_default();
        bytes.truncate(read);
        (read > 0).then_some(bytes)
    }

    /// Receives up to the end of this text. Fails if the server closes the connection before.
    pub async fn until(&mut self, text: &str) -> String {
        let mut received = Vec::new();
        loop {
            let found = received.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(found) = found {
                self.received = received.split_off(found + text.len());
                return String::from_utf8_lossy(&received).into_owned();
            }
            match self.receive().await {
                Some(bytes) => received.extend(bytes),
                None => panic!("it ended without {text:?}: {:?}", String::from_utf8_lossy(&received)),
            }
        }
    }

    /// Receives everything until the server closes the connection.
    pub async fn until_closed(&mut self) -> Vec<u8> {
        let mut received = Vec::new();
        while let Some(bytes) = self.receive().await {
            received.extend(bytes);
        }
        received
    }

    /// The same as text.
    pub async fn text_until_closed(&mut self) -> String {
        String::from_utf8_lossy(&self.until_closed().await).into_owned()
    }
}
