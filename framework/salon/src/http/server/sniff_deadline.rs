//! A limit on the time until the protocol of a connection is known.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The bytes that every HTTP/2 connection begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream that fails unless its first bytes distinguish HTTP/1 from HTTP/2 in time.
///
/// hyper-util waits for them without a timer, so a client that sends nothing, or only half of the preface, would be
/// kept open for ever.
pub(super) struct SniffDeadline<S> {
    stream: S,
    sniff: Option<Sniff>,
}

struct Sniff {
    deadline: Pin<Box<Sleep>>,
    seen: usize,
}

impl<S> SniffDeadline<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, sniff: Some(Sniff { deadline: Box::pin(sleep(limit)), seen: 0 }) }
    }

    /// Examines what was read, and drops the deadline once the protocol is certain.
    fn learn(&mut self, fresh: &[u8]) {
        let Some(sniff) = &mut self.sniff else { return };
        let expected = &PREFACE[sniff.seen..];
        let length = fresh.len().min(expected.len());
        if fresh[..length] != expected[..length] || length == expected.len() {
            self.sniff = None;
        } else {
            sniff.seen += length;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for SniffDeadline<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.learn(&buffer.filled()[before..]);
        } else if self.sniff.as_mut().is_some_and(|sniff| sniff.deadline.as_mut().poll(context).is_ready()) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for SniffDeadline<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
