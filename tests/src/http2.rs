//! HTTP/2 frame by frame, for clients that follow no rules.

use std::{net::SocketAddr, time::Duration};

use crate::RawConnection;

/// What an HTTP/2 connection begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are named as in RFC 9113, section 6")]
pub enum FrameKind {
    Data,
    Headers,
    Priority,
    Reset,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    Unknown,
}

impl FrameKind {
    const ALL: [Self; 10] = [
        Self::Data,
        Self::Headers,
        Self::Priority,
        Self::Reset,
        Self::Settings,
        Self::PushPromise,
        Self::Ping,
        Self::GoAway,
        Self::WindowUpdate,
        Self::Continuation,
    ];
}

/// The flag of the last frame of a request, or of an acknowledgement.
pub const END_STREAM: u8 = 1;
/// The flag of the last frame of a head.
pub const END_HEADERS: u8 = 4;

/// A frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its kind.
    pub kind: FrameKind,
    /// Its flags.
    pub flags: u8,
    /// The stream that it belongs to; 0 for the connection.
    pub stream: u32,
    /// What it carries.
    pub payload: Vec<u8>,
}

/// The bytes of a frame.
#[must_use]
pub fn frame(kind: FrameKind, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a payload of less than 16 MiB");
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind as u8, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A block of header fields, each of them as it is: neither in a table nor compressed.
#[must_use]
pub fn fields<N: AsRef<[u8]>, V: AsRef<[u8]>>(fields: &[(N, V)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name.as_ref(), value.as_ref()] {
            push_length(&mut block, text.len());
            block.extend(text);
        }
    }
    block
}

/// A header field that becomes the newest entry of the table.
#[must_use]
pub fn with_entry(name: &str, value: &str) -> Vec<u8> {
    let mut block = fields(&[(name, value)]);
    block[0] = 0x40;
    block
}

/// The header field of an entry of the table, of which the newest one of the connection has the number 62.
#[must_use]
pub fn indexed(entry: u8) -> Vec<u8> {
    vec![0x80 | entry]
}

/// RFC 7541, section 5.1, with a prefix of 7 bits.
fn push_length(block: &mut Vec<u8>, length: usize) {
    let small = u8::try_from(length).ok().filter(|length| *length < 127);
    block.push(small.unwrap_or(127));
    if small.is_none() {
        let mut left = length - 127;
        while left > 127 {
            block.push(u8::try_from(left % 128).expect("less than 128") | 128);
            left /= 128;
        }
        block.push(u8::try_from(left).expect("less than 128"));
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered with this status.
    Status(u16),
    /// Its stream was reset for this reason.
    Reset(u32),
    /// The connection was ended for this reason.
    GoAway(u32),
    /// The connection was closed.
    Closed,
}

/// An HTTP/2 connection on which a test writes every frame itself.
#[derive(Debug)]
pub struct Http2Connection {
    raw: RawConnection,
    received: Vec<u8>,
}

impl Http2Connection {
    /// Connects, and begins with these settings.
    pub async fn open(address: SocketAddr, settings: &[(u16, u32)]) -> Self {
        Self::on(RawConnection::open(address).await, settings).await
    }

    /// Begins on a connection.
    pub async fn on(mut raw: RawConnection, settings: &[(u16, u32)]) -> Self {
        let mut payload = Vec::new();
        for (name, value) in settings {
            payload.extend(name.to_be_bytes());
            payload.extend(value.to_be_bytes());
        }
        raw.send([PREFACE, &frame(FrameKind::Settings, 0, 0, &payload)].concat()).await;
        Self { raw, received: Vec::new() }
    }

    /// Sends bytes. Returns false if the server has closed the connection.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.raw.send(bytes).await
    }

    /// Sends bytes to a server that need not read them. Returns false if it has closed the connection, or does not read for
    /// this long.
    pub async fn try_send(&mut self, bytes: &[u8], patience: Duration) -> bool {
        self.raw.try_send(bytes, patience).await
    }

    /// The next frame. Returns `None` if the server has closed the connection.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some((head, rest)) = self.received.split_at_checked(9) {
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
                if let Some(payload) = rest.get(..length) {
                    let kind = FrameKind::ALL.get(usize::from(head[3])).copied().unwrap_or(FrameKind::Unknown);
                    let stream = u32::from_be_bytes([head[5] & 127, head[6], head[7], head[8]]);
                    let frame = Frame { kind, flags: head[4], stream, payload: payload.to_vec() };
                    self.received.drain(..9 + length);
                    return Some(frame);
                }
            }
            self.received.extend(self.raw.receive().await?);
        }
    }

    /// Waits until it is known what becomes of the request of this stream.
    pub async fn outcome(&mut self, stream: u32) -> Outcome {
        while let Some(frame) = self.next().await {
            match frame.kind {
                FrameKind::Headers if frame.stream == stream => return Outcome::Status(status(&frame.payload)),
                FrameKind::Reset if frame.stream == stream => return Outcome::Reset(number(&frame.payload, 0)),
                FrameKind::GoAway => return Outcome::GoAway(number(&frame.payload, 4)),
                _ => {}
            }
        }
        Outcome::Closed
    }

    /// Waits until the server ends the connection, and returns the reason, if it gives one.
    pub async fn end(&mut self) -> Option<u32> {
        let mut reason = None;
        while let Some(frame) = self.next().await {
            if frame.kind == FrameKind::GoAway {
                reason = Some(number(&frame.payload, 4));
            }
        }
        reason
    }
}

fn number(payload: &[u8], at: usize) -> u32 {
    let bytes = payload.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    u32::from_be_bytes(bytes.expect("a payload as RFC 9113 describes it"))
}

/// The status in the first block of a connection: an entry of the static table, or three digits in Huffman's code (RFC 7541,
/// appendices A and B).
fn status(block: &[u8]) -> u16 {
    const STATIC: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    match block {
        [first @ 0x88..=0x8e, ..] => STATIC[usize::from(first - 0x88)],
        [0x48 | 0x08 | 0x18, length, rest @ ..] => {
            let text = &rest[..usize::from(length & 127)];
            let text = if length & 128 == 0 { text.to_vec() } else { digits(text) };
            String::from_utf8(text).ok().and_then(|text| text.parse().ok()).expect("a status of three digits")
        }
        other => panic!("no status in {other:?}"),
    }
}

/// Digits in Huffman's code: 0, 1 and 2 have five bits, the others six.
fn digits(code: &[u8]) -> Vec<u8> {
    let mut bits = code.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    let mut take = |count: usize| bits.by_ref().take(count).fold(0, |number, bit| number << 1 | bit);
    let digit = |_| {
        let five = take(5);
        if five < 3 { b'0' + five } else { b'3' + (five << 1 | take(1)) - 25 }
    };
    (0..3).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_whatever_its_form() {
        assert_eq!(status(&[0x88]), 200);
        assert_eq!(status(&[0x48, 0x82, 0x68, 0x41]), 421);
        assert_eq!(status(&[0x48, 3, b'5', b'0', b'3']), 503);
    }

    #[test]
    fn a_long_length_takes_several_bytes() {
        let mut block = Vec::new();
        push_length(&mut block, 1337 + 96);
        assert_eq!(block, [127, 0x9a, 0x0a]);
    }
}
