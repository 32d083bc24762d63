//! A part of a response that the protocol holds until the client has taken it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use bytes::{Buf, Bytes};

use super::in_flight::InFlight;

/// A part of a response. Over HTTP/2 it notes when it has left: the protocol drops it once it was written to the socket, or
/// when its stream has ended.
pub(super) struct Part {
    bytes: Bytes,
    /// Only its end counts.
    _held: Option<Held>,
}

/// The response over HTTP/2 that parts belong to. The request is in flight until the last part has left.
pub(super) struct Transfer {
    in_flight: InFlight,
    /// The bytes that are still counted as undelivered.
    left: AtomicU64,
}

struct Held {
    transfer: Arc<Transfer>,
    size: u64,
    number: u64,
}

impl Part {
    /// A part whose way nobody follows: over HTTP/1 a client that reads nothing fills the socket.
    pub(super) const fn new(bytes: Bytes) -> Self {
        Self { bytes, _held: None }
    }

    /// A part of this response.
    pub(super) fn of(transfer: &Arc<Transfer>, bytes: Bytes) -> Self {
        let in_flight = &transfer.in_flight;
        let number = in_flight.activity().begin_part(in_flight.now());
        let held = Held { transfer: Arc::clone(transfer), size: bytes.len() as u64, number };
        Self { bytes, _held: Some(held) }
    }
}

impl Buf for Part {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        self.bytes.copy_to_bytes(length)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.transfer.in_flight.activity().end_part(self.number);
        self.transfer.deliver(self.size);
    }
}

impl Transfer {
    /// A response of this many bytes, as far as it is known.
    pub(super) fn new(in_flight: InFlight, bytes: u64) -> Arc<Self> {
        in_flight.activity().begin_delivery(bytes);
        Arc::new(Self { in_flight, left: AtomicU64::new(bytes) })
    }

    pub(super) const fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }

    fn deliver(&self, bytes: u64) {
        let take = |left: u64| Some(left.saturating_sub(bytes));
        let left = self.left.fetch_update(Relaxed, Relaxed, take).unwrap_or_default();
        self.in_flight.activity().deliver(left.min(bytes));
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.deliver(u64::MAX);
    }
}
