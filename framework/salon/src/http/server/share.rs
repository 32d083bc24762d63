//! What the clients of one address have of the server.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use crate::http::body_budget::{BodyBudget, Memory};

/// The part of what all may have that one address may have.
pub(super) const SHARE: usize = 4;

/// Where clients come from: an IPv4 address, or a /64 network of IPv6, which is what one customer of a provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(pub(super) IpAddr);

impl Address {
    pub(super) fn of(peer: IpAddr) -> Self {
        Self(match peer.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// What the clients of one address have. The clients of a Unix socket have no address, and are most likely one proxy with
/// the requests of many: there, each connection has a share of its own.
pub(super) struct Share {
    pub(super) address: Option<Address>,
    pub(super) bodies: Arc<BodyBudget>,
    pub(super) connections: AtomicUsize,
    pub(super) reserved: AtomicUsize,
    pub(super) requests: AtomicUsize,
    unsafe_requests: AtomicUsize,
    /// When no idle connection of it was found.
    pub(super) none_idle_at: AtomicU64,
}

impl Share {
    pub(super) fn new(address: Option<Address>, bodies: &Arc<Memory>) -> Arc<Self> {
        Arc::new(Self {
            address,
            bodies: Arc::new(BodyBudget::new(Arc::clone(bodies))),
            connections: AtomicUsize::new(0),
            reserved: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            unsafe_requests: AtomicUsize::new(0),
            none_idle_at: AtomicU64::new(0),
        })
    }
}

/// The permission to handle a request that may change something.
pub(super) struct Permit {
    all: Arc<AtomicUsize>,
    share: Arc<Share>,
}

impl Permit {
    /// Permits one more request, if there are fewer of all and fewer of this address than they may have.
    pub(super) fn new(all: &Arc<AtomicUsize>, share: &Arc<Share>, most: usize) -> Option<Self> {
        // Counted before the limits are checked. If one is exceeded, dropping the permit takes it back.
        let of_all = all.fetch_add(1, Relaxed);
        let of_share = share.unsafe_requests.fetch_add(1, Relaxed);
        let permit = Self { all: Arc::clone(all), share: Arc::clone(share) };
        (of_all < most && of_share < most.div_ceil(SHARE)).then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Relaxed);
        self.share.unsafe_requests.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_of_a_provider_is_one_address() {
        let of = |text: &str| Address::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
