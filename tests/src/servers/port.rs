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

/// Below the ports that the system uses for outgoing connections, one of which could have taken the port of a server
/// that is being restarted, and above the default ports of servers.
const FIRST: u64 = 20_000;
const COUNT: u64 = 12_000;

/// How many ports a process reserves at a time. The user of an earlier one is listening on it, or no longer needs it.
const KEPT: usize = 200;

/// A port of 127.0.0.1 that nothing listens on, and that is returned once: no other process of these tests gets it
/// either.
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

/// A name that only one process can have at a time, as long as it lives, and that leaves no file behind. Nothing ever
/// connects to it.
fn reserve(port: u16) -> Option<UnixListener> {
    let name = SocketAddr::from_abstract_name(format!("salon-tests-port-{port}")).expect("a short name");
    UnixListener::bind_addr(&name).ok()
}
