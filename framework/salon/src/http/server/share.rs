//! What the clients of one address have of the server.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

pub(super) use crate::http::address::Address;
use crate::http::body_budget::{BodyBudget, Memory};

/// The part of what all may have that one address may have.
pub(super) const SHARE: usize = 4;

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
