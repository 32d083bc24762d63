//! Ports for servers.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixListener},
    },
    sync::{Mutex, PoisonError},
};

/// Below those that the system gives to outgoing connections, one of which could have the port of a server that is being
/// started again; and above those that servers have by default.
const FIRST: u64 = 20_000;
const COUNT: u64 = 12_000;

/// How many ports a process keeps from others. Whoever got one before these listens on it, or does not need it any more.
const KEPT: usize = 200;

/// A port of 127.0.0.1 that nobody listens on, and that is given out once: no other process of these tests gets it either.
#[must_use]
pub fn free_port() -> u16 {
    static RESERVED: Mutex<VecDeque<UnixListener>> = Mutex::new(VecDeque::new());
    let random = RandomState::new();
    let mut candidates = (0..COUNT).map(|attempt| {
        let port = FIRST + random.hash_one(attempt) % COUNT;
        u16::try_from(port).expect("a port")
    });
    let free = candidates.find_map(|port| {
        let reserved = reserve(port)?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok().then_some((port, reserved))
    });
    let (port, listener) = free.expect("a free port");
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    reserved.push_back(listener);
    if reserved.len() > KEPT {
        reserved.pop_front();
    }
    port
}

/// A name that one process has at a time, for as long as it lives, and that leaves no file behind. Nobody ever connects to it.
fn reserve(port: u16) -> Option<UnixListener> {
    let name = SocketAddr::from_abstract_name(format!("salon-tests-port-{port}")).expect("a short name");
    UnixListener::bind_addr(&name).ok()
}
