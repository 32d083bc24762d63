//! One connection to a server.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    address::Address,
    reply::{Head, Reply},
    request::Request,
};

/// The longest line that a server responds with.
const MAX_LINE: usize = 2_048;
/// The maximum size of an item, unless the server reports another one.
const MAX_ITEM: usize = 1 << 20;

/// A connection. A caller that sends a request and does not wait for the response must drop the connection, so that it
/// is never used again.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
    /// How many requests were sent.
    asked: u32,
    /// The largest item that the server stores.
    pub(super) largest: usize,
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection was closed.
    Cut(io::Error),
    /// The data received is not a response to the request.
    Garbled(&'static str),
    /// The server refuses the request.
    Refused(String),
    /// The server does not number changes, so it cannot compare them.
    Uncounted,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Cut(error)
    }
}

impl Connection {
    /// Connects. The name is resolved each time, because a server may return under another address.
    pub(super) async fn open(address: &Address) -> io::Result<Self> {
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: BytesMut::new(), asked: 0, largest: MAX_ITEM })
    }

    /// Asks how large an item may be, and whether changes are numbered. A proxy between us and the server may not know;
    /// then the defaults apply.
    pub(super) async fn greet(&mut self) -> Result<(), Failure> {
        self.stream.write_all(b"stats settings\r\n").await?;
        loop {
            let line = self.line().await?;
            let line = std::str::from_utf8(&line).map_err(|_| Failure::Garbled("its settings are not text"))?;
            match line.split_once(' ') {
                Some(("STAT", setting)) => {
                    if let Some(size) = setting.strip_prefix("item_size_max ") {
                        self.largest = size.parse().unwrap_or(MAX_ITEM);
                    } else if setting == "cas_enabled no" {
                        return Err(Failure::Uncounted);
                    }
                }
                Some(("SERVER_ERROR", _)) => return Err(Failure::Refused(line.to_owned())),
                None if line == "END" => return Ok(()),
                None if line == "ERROR" => return Ok(()),
                Some(("CLIENT_ERROR", _)) => return Ok(()),
                _ => return Err(Failure::Garbled("it does not report its settings")),
            }
        }
    }

    /// True if the connection may be used again: no unexpected data has arrived, and the server has not closed it.
    pub(super) fn is_quiet(&self) -> bool {
        self.buffer.is_empty()
            && matches!(self.stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends a request, and waits for exactly its response.
    pub(super) async fn ask(&mut self, request: &Request<'_>) -> Result<Reply, Failure> {
        self.asked = self.asked.wrapping_add(1);
        let token = request.token(self.asked);
        let line = request.line(&token);
        match request.value() {
            None => self.stream.write_all(line.as_bytes()).await?,
            Some(value) => {
                let mut bytes = Buf::chain(line.as_bytes(), value).chain(&b"\r\n"[..]);
                self.stream.write_all_buf(&mut bytes).await?;
            }
        }
        let line = self.line().await?;
        let reply = match Head::read(&line, &token) {
            Some(Head::Whole(reply)) => reply,
            Some(Head::Value { cas, stamp, length }) => Reply::Value { cas, stamp, value: self.value(length).await? },
            Some(Head::Refused(answer)) => return Err(Failure::Refused(answer)),
            None => return Err(Failure::Garbled("its response does not carry the token of the request")),
        };
        if self.buffer.is_empty() { Ok(reply) } else { Err(Failure::Garbled("it sends more than was requested")) }
    }

    async fn line(&mut self) -> Result<Bytes, Failure> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.buffer[seen..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(seen + end + 1).freeze();
                line.truncate(seen + end);
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                return Ok(line);
            }
            seen = self.buffer.len();
            if seen > MAX_LINE {
                return Err(Failure::Garbled("its response does not end"));
            }
            self.read().await?;
        }
    }

    async fn value(&mut self, length: usize) -> Result<Bytes, Failure> {
        if length > self.largest {
            return Err(Failure::Garbled("its response is larger than its largest item"));
        }
        let whole = length + 2;
        self.buffer.reserve(whole.saturating_sub(self.buffer.len()));
        while self.buffer.len() < whole {
            self.read().await?;
        }
        let mut value = self.buffer.split_to(whole).freeze();
        if !value.ends_with(b"\r\n") {
            return Err(Failure::Garbled("its value does not have the announced length"));
        }
        value.truncate(length);
        Ok(value)
    }

    async fn read(&mut self) -> Result<(), Failure> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(())
    }
}
