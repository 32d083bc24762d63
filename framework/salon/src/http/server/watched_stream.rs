//! A stream that notes whether its client sends and reads.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::{connections::Place, ending::Ending};

/// How long, and for how many bytes, a client may go on sending a body that nobody reads.
const LINGER: (Duration, usize) = (Duration::from_secs(5), 16 << 20);

/// A stream that notes whether its client sends and reads.
///
/// If a response is sent before the body of its request has arrived, such as a 413, the stream reads and drops some of the
/// rest before it is closed. Otherwise the operating system would reset the connection, and the client, or a proxy, would
/// report a broken connection instead of the response (RFC 9112, section 9.6).
pub(super) struct WatchedStream<S> {
    stream: S,
    place: Arc<Place>,
    /// Set while the stream is closed, if its client may be sending.
    linger: Option<Linger>,
    /// Set once the connection speaks another protocol than HTTP.
    ending: Option<Ending>,
}

struct Linger {
    deadline: Pin<Box<Sleep>>,
    left: usize,
}

impl<S> WatchedStream<S> {
    pub(super) const fn new(stream: S, place: Arc<Place>) -> Self {
        Self { stream, place, linger: None, ending: None }
    }

    /// Returns when the connection must end, if it was upgraded. Before that, its task knows.
    fn ending(&mut self) -> Option<&mut Ending> {
        let activity = self.place.activity();
        activity.is_upgraded().then(|| self.ending.get_or_insert_with(|| Ending::new(activity)))
    }

    /// Returns an error if the connection was upgraded and must end.
    fn poll_writable(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.ending().map(|ending| ending.poll_writing(context)) {
            Some(Poll::Ready(error)) => Err(error),
            Some(Poll::Pending) | None => Ok(()),
        }
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => self.place.activity().note_written(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.place.activity().note_blocked(self.place.now()),
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(Poll::Ready(error)) = self.ending().map(|ending| ending.poll_reading(context)) {
            return Poll::Ready(Err(error));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.place.activity().note_read(self.place.now());
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_writable(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_writable(context)?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// The protocol flushes once it has written everything.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.place.activity().note_flushed(self.place.now());
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            if !this.place.activity().has_unread_body() {
                return Poll::Ready(Ok(()));
            }
        }
        let linger = this.linger.get_or_insert_with(|| Linger { deadline: Box::pin(sleep(LINGER.0)), left: LINGER.1 });
        let mut dropped = [0; 8 * 1024];
        while linger.left > 0 {
            let mut buffer = ReadBuf::new(&mut dropped);
            match Pin::new(&mut this.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    linger.left = linger.left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(linger.deadline.as_mut().poll(context));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
