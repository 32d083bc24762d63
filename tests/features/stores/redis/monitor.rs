//! What a Redis server is asked, as it tells by itself.

use std::sync::atomic::{AtomicU64, Ordering};

use salon_tests::{servers::Redis, within};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpStream,
};

/// Listens to all that a server is asked.
pub(super) struct Monitor<'a> {
    redis: &'a Redis,
    lines: Lines<BufReader<TcpStream>>,
}

impl<'a> Monitor<'a> {
    pub(super) async fn on(redis: &'a Redis) -> Self {
        let mut stream = TcpStream::connect(redis.address()).await.expect("a connection");
        stream.write_all(b"MONITOR\r\n").await.expect("it is read");
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next_line().await.expect("an answer").as_deref(), Some("+OK"));
        Self { redis, lines }
    }

    /// All that it was asked since the last time, what scripts did included.
    pub(super) async fn all(&mut self) -> Vec<String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mark = format!("mark-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.redis.command(&["ECHO", &mark]);
        let mut all = Vec::new();
        loop {
            let line = within("a line of the monitor", self.lines.next_line()).await.expect("a line");
            let line = line.expect("the server runs");
            if line.contains(&mark) {
                return all;
            }
            all.push(line);
        }
    }

    /// What clients have asked since the last time.
    pub(super) async fn asked(&mut self) -> Vec<String> {
        let mut all = self.all().await;
        all.retain(|line| !line.contains(" lua] "));
        all
    }
}
