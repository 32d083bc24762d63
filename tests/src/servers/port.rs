//! Ports for servers.

use std::{
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Below those that the system gives to outgoing connections, one of which could have the port of a server that is being
/// started again; and above those that servers have by default.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of 127.0.0.1 that nobody listens on, and that this process gives out once.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: OnceLock<AtomicU64> = OnceLock::new();
    // Processes that run at the same time begin at different places.
    let next = NEXT.get_or_init(|| AtomicU64::new(RandomState::new().hash_one(0) >> 1));
    let mut candidates = (0..COUNT).map(|_| {
        let offset = next.fetch_add(1, Ordering::Relaxed) % u64::from(COUNT);
        FIRST + u16::try_from(offset).expect("less than the count")
    });
    let free = candidates.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.expect("a free port")
}
