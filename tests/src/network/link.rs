//! One connection through a proxy.

use std::{
    io,
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use super::{
    rules::{Direction, Rules},
    swap::Swapped,
};

/// What all connections of a proxy share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) server: SocketAddr,
    pub(super) rules: watch::Sender<Rules>,
    pub(super) connections: AtomicUsize,
    pub(super) requested: AtomicUsize,
    pub(super) answered: AtomicUsize,
    pub(super) swaps: AtomicUsize,
}

impl Shared {
    pub(super) fn new(server: SocketAddr) -> Self {
        let count = AtomicUsize::default;
        let rules = watch::Sender::new(Rules::default());
        Self { server, rules, connections: count(), requested: count(), answered: count(), swaps: count() }
    }

    /// Connects a client to the server until one of them ends the connection, or the rules do. An error ends it too, as
    /// a broken cable would.
    pub(super) async fn join(&self, client: TcpStream) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let Ok(server) = TcpStream::connect(self.server).await else { return };
        // Only the delays that a test asks for are wanted.
        let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            _ = self.carry(Direction::Request, from_client, to_server) => {}
            _ = self.carry(Direction::Answer, from_server, to_client) => {}
        }
    }

    async fn carry(&self, direction: Direction, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        let mut rules = self.rules.subscribe();
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            let mut chunk = buffer[..read].to_vec();
            let delay = rules.borrow().way(direction).delay;
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            rules.wait_for(|rules| !rules.way(direction).is_held).await.map_err(io::Error::other)?;
            let mut is_cut = false;
            if direction == Direction::Answer {
                chunk = self.swapped(self.rewritten(chunk)).await;
                is_cut = self.cut(&mut chunk);
            }
            // Counted before the receiver can ask.
            let count = if direction == Direction::Answer { &self.answered } else { &self.requested };
            count.fetch_add(chunk.len(), Ordering::Relaxed);
            to.write_all(&chunk).await?;
            if is_cut {
                return Ok(());
            }
        }
    }

    fn rewritten(&self, chunk: Vec<u8>) -> Vec<u8> {
        let rewrite = |rules: &mut Rules| rules.rewriting.as_mut().and_then(|rewrite| rewrite(&chunk));
        self.with_rules(rewrite).unwrap_or(chunk)
    }

    async fn swapped(&self, chunk: Vec<u8>) -> Vec<u8> {
        let swapped = self.with_rules(|rules| {
            let Some(swap) = &mut rules.swap else { return Swapped::Unfit(chunk) };
            let swapped = swap.take(chunk);
            if matches!(swapped, Swapped::Second(_)) {
                rules.swap = None;
            }
            swapped
        });
        match swapped {
            Swapped::Unfit(chunk) => chunk,
            Swapped::First(own, other) => other.await.unwrap_or(own),
            Swapped::Second(other) => {
                self.swaps.fetch_add(1, Ordering::Relaxed);
                other
            }
        }
    }

    /// True if the connection ends with this chunk, of which only a part may be left.
    fn cut(&self, chunk: &mut Vec<u8>) -> bool {
        self.with_rules(|rules| match rules.cut_after {
            Some(left) if left <= chunk.len() => {
                chunk.truncate(left);
                rules.cut_after = None;
                true
            }
            Some(left) => {
                rules.cut_after = Some(left - chunk.len());
                false
            }
            None => false,
        })
    }

    /// Reads the rules, and changes them without notifying anybody.
    fn with_rules<T>(&self, change: impl FnOnce(&mut Rules) -> T) -> T {
        let mut answer = None;
        self.rules.send_if_modified(|rules| {
            answer = Some(change(rules));
            false
        });
        answer.expect("the closure is called once")
    }
}
