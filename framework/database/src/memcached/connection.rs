//! One connection to a server.

use std::io;

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{
    address::Address,
    error::MemcachedErrorKind,
    item::Item,
    meta_command::MetaCommand,
    response_line::{MetaResponse, ResponseLine},
};

/// The longest line that a server responds with, in bytes.
const MAX_LINE: u64 = 2_048;
/// The maximum size of an item in bytes, unless the server reports another one.
const DEFAULT_MAX_ITEM: usize = 1 << 20;

/// A connection. A caller that sends a command and does not wait for the response must drop the connection, so that it
/// is never used again.
#[derive(Debug)]
pub(super) struct MemcachedConnection {
    stream: BufReader<TcpStream>,
    /// How many commands were sent.
    sent: u32,
    /// The largest item that the server stores, in bytes.
    pub(super) max_item: usize,
}

impl MemcachedConnection {
    /// Connects. The name is resolved each time, because a server may return under another address.
    pub(super) async fn open(address: &Address) -> Result<Self, MemcachedErrorKind> {
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), sent: 0, max_item: DEFAULT_MAX_ITEM })
    }

    /// Asks how large an item may be, and whether changes are numbered. A proxy between us and the server may not know;
    /// then the defaults apply.
    pub(super) async fn read_settings(&mut self) -> Result<(), MemcachedErrorKind> {
        self.stream.write_all(b"stats settings\r\n").await?;
        loop {
            let line = self.line().await?;
            let line =
                std::str::from_utf8(&line).map_err(|_| MemcachedErrorKind::Protocol("its settings are not text"))?;
            match line.split_once(' ') {
                Some(("STAT", setting)) => {
                    if let Some(size) = setting.strip_prefix("item_size_max ") {
                        self.max_item = size.parse().unwrap_or(DEFAULT_MAX_ITEM);
                    } else if setting == "cas_enabled no" {
                        return Err(MemcachedErrorKind::WithoutCas);
                    }
                }
                Some(("SERVER_ERROR", _)) => return Err(MemcachedErrorKind::refused(line.to_owned())),
                None if line == "END" || line == "ERROR" => return Ok(()),
                Some(("CLIENT_ERROR", _)) => return Ok(()),
                _ => return Err(MemcachedErrorKind::Protocol("it does not report its settings")),
            }
        }
    }

    /// True if the connection may be used again: no unexpected data has arrived, and the server has not closed it.
    pub(super) fn is_quiet(&self) -> bool {
        self.stream.buffer().is_empty()
            && matches!(self.stream.get_ref().try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends a command, and waits for exactly its response.
    pub(super) async fn send(&mut self, command: &MetaCommand<'_>) -> Result<MetaResponse, MemcachedErrorKind> {
        self.sent = self.sent.wrapping_add(1);
        let token = command.token(self.sent);
        let line = command.line(&token);
        match command.value() {
            None => self.stream.write_all(line.as_bytes()).await?,
            Some(value) => {
                let mut bytes = Buf::chain(line.as_bytes(), value).chain(&b"\r\n"[..]);
                self.stream.write_all_buf(&mut bytes).await?;
            }
        }
        let line = self.line().await?;
        let response = match ResponseLine::parse(&line, &token) {
            Some(ResponseLine::Complete(response)) => response,
            Some(ResponseLine::Value { cas, flags, length }) => {
                MetaResponse::Value(Item { cas, flags, value: self.value(length).await? })
            }
            Some(ResponseLine::Refused(text)) => return Err(MemcachedErrorKind::refused(text)),
            None => return Err(MemcachedErrorKind::Protocol("its response does not carry the token of the command")),
        };
        if self.stream.buffer().is_empty() {
            Ok(response)
        } else {
            Err(MemcachedErrorKind::Protocol("it sends more than was requested"))
        }
    }

    async fn line(&mut self) -> Result<Vec<u8>, MemcachedErrorKind> {
        let mut line = Vec::new();
        let length = (&mut self.stream).take(MAX_LINE).read_until(b'\n', &mut line).await?;
        if line.pop() != Some(b'\n') {
            let is_cut = length as u64 == MAX_LINE;
            let too_long = MemcachedErrorKind::Protocol("its response does not end");
            return Err(if is_cut { too_long } else { io::Error::from(io::ErrorKind::UnexpectedEof).into() });
        }
        line.pop_if(|last| *last == b'\r');
        Ok(line)
    }

    async fn value(&mut self, length: usize) -> Result<Bytes, MemcachedErrorKind> {
        if length > self.max_item {
            return Err(MemcachedErrorKind::Protocol("its response is larger than its largest item"));
        }
        let mut value = vec![0; length + 2];
        self.stream.read_exact(&mut value).await?;
        if !value.ends_with(b"\r\n") {
            return Err(MemcachedErrorKind::Protocol("its value does not have the announced length"));
        }
        value.truncate(length);
        Ok(value.into())
    }
}
