//! All open connections: which of them get a place, and which are closed.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use hyper::upgrade::OnUpgrade;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::{sync::CancellationToken, task::task_tracker::TaskTrackerToken};

use super::{
    activity::{Activity, Judgement, Moment},
    descriptors,
    options::ServerOptions,
    share::{Address, Permit, SHARE, Share},
};
use crate::http::body_budget::{BodyBudget, Memory};

/// How many connections have a place beyond the limit, for health checks only.
const RESERVED: usize = 32;
/// How many of these one address may have.
const RESERVED_PER_ADDRESS: usize = 4;

/// All open connections.
pub(super) struct Connections {
    options: ServerOptions,
    /// The limits of connections in reserved places.
    reserved_options: ServerOptions,
    began: Instant,
    /// The moment of the last look at the connections.
    now: AtomicU64,
    shutdown: CancellationToken,
    unsafe_requests: Arc<AtomicUsize>,
    bodies: Arc<Memory>,
    /// When no idle connection was found. There is no point in a second search at the same moment.
    none_idle_at: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// The number of the next connection.
    next: u64,
    places: HashMap<u64, Entry>,
    /// What each address has. Entries that nothing belongs to any more are removed with the next look.
    addresses: HashMap<Address, Arc<Share>>,
    reserved: usize,
}

struct Entry {
    is_reserved: bool,
    share: Arc<Share>,
    activity: Arc<Activity>,
}

impl Connections {
    /// Prepares for a server with these limits, in a process that may open this many descriptors.
    pub(super) fn new(options: ServerOptions, descriptors: Option<u64>, shutdown: CancellationToken) -> Arc<Self> {
        let connections = descriptors::connections(options.connections, descriptors);
        let per_address = match options.connections_per_address {
            0 => connections.div_ceil(SHARE),
            configured => configured,
        };
        let options = ServerOptions { connections, connections_per_address: per_address, ..options };
        let short = Duration::from_secs(2);
        let reserved_options =
            ServerOptions { header_timeout: short, idle_timeout: short, transfer_timeout: short, ..options };
        Arc::new(Self {
            options,
            reserved_options,
            began: Instant::now(),
            now: AtomicU64::new(1),
            shutdown,
            unsafe_requests: Arc::default(),
            bodies: Arc::new(Memory::new(options.body_memory)),
            none_idle_at: AtomicU64::new(0),
            open: Mutex::default(),
        })
    }

    pub(super) const fn options(&self) -> &ServerOptions {
        &self.options
    }

    fn now(&self) -> Moment {
        self.now.load(Relaxed)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a new connection a place. If there is none left, an idle connection makes room; if there is none, the new
    /// connection may only check the server's health, and if many do so already, it gets no place at all.
    pub(super) fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Option<Arc<Place>> {
        let address = peer.map(Address::of);
        let new = || Share::new(address, &self.bodies);
        let mut open = self.open();
        let share = match address {
            Some(address) => Arc::clone(open.addresses.entry(address).or_insert_with(new)),
            None => new(),
        };
        let is_full = open.places.len() - open.reserved >= self.options.connections;
        let has_room = if share.connections.load(Relaxed) >= self.options.connections_per_address {
            open.close_idle(Some(&share), &share.none_idle_at, self.now())
        } else {
            !is_full || open.close_idle(None, &self.none_idle_at, self.now())
        };
        if has_room {
            share.connections.fetch_add(1, Relaxed);
        } else if share.reserved.load(Relaxed) < RESERVED_PER_ADDRESS && open.reserved < RESERVED {
            share.reserved.fetch_add(1, Relaxed);
            open.reserved += 1;
        } else {
            return None;
        }
        let (number, is_reserved) = (open.next, !has_room);
        open.next += 1;
        let activity = Arc::new(Activity::new(self.now(), &self.shutdown));
        let place = Place {
            connections: Arc::clone(self),
            number,
            is_reserved,
            share,
            activity,
            tracked: OnceLock::new(),
            declined: Mutex::default(),
        };
        let (share, activity) = (Arc::clone(&place.share), Arc::clone(&place.activity));
        open.places.insert(number, Entry { is_reserved, share, activity });
        Some(Arc::new(place))
    }

    /// Makes the place of a connection free, unless the connection has lost it already because it made room.
    fn leave(&self, number: u64) {
        let mut open = self.open();
        let Some(entry) = open.places.remove(&number) else { return };
        if entry.is_reserved {
            open.reserved -= 1;
            entry.share.reserved.fetch_sub(1, Relaxed);
        } else {
            entry.share.connections.fetch_sub(1, Relaxed);
        }
    }

    /// Looks at all connections regularly, and closes those that may not go on.
    pub(super) async fn watch(self: Arc<Self>) {
        let ServerOptions { header_timeout, idle_timeout, transfer_timeout, .. } = self.options;
        let shortest = header_timeout.min(idle_timeout).min(transfer_timeout);
        let mut looks = interval((shortest / 8).clamp(Duration::from_millis(5), Duration::from_secs(1)));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.look();
        }
    }

    fn look(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        self.now.store(now, Relaxed);
        let mut open = self.open();
        open.addresses.retain(|_, share| Arc::strong_count(share) > 1);
        for Entry { is_reserved, share, activity } in open.places.values() {
            // A reserved place is for one quick check.
            let limits = if *is_reserved { &self.reserved_options } else { &self.options };
            match activity.judge(now, limits) {
                Judgement::Keep => {}
                Judgement::Drain => activity.drain.cancel(),
                Judgement::Abort(reason) => {
                    if !activity.abort.is_cancelled() {
                        let address = share.address.map(|address| tracing::field::display(address.0));
                        tracing::debug!(address, reason, "a connection was closed");
                    }
                    activity.abort.cancel();
                }
            }
        }
    }
}

impl Open {
    /// Closes the connection that has been idle for longest, of one address or of all. Returns false if none is idle.
    fn close_idle(&mut self, only: Option<&Arc<Share>>, none_idle_at: &AtomicU64, now: Moment) -> bool {
        if none_idle_at.load(Relaxed) == now {
            return false;
        }
        let is_candidate =
            |entry: &Entry| !entry.is_reserved && only.is_none_or(|share| Arc::ptr_eq(share, &entry.share));
        let candidates = self.places.iter().filter(|(_, entry)| is_candidate(entry));
        let idle = candidates.filter_map(|(number, entry)| Some((entry.activity.idle_since()?, *number))).min();
        let Some((_, number)) = idle else {
            none_idle_at.store(now, Relaxed);
            return false;
        };
        if let Some(entry) = self.places.remove(&number) {
            entry.activity.abort.cancel();
            entry.share.connections.fetch_sub(1, Relaxed);
        }
        true
    }
}

/// The place of a connection. It is free again when this is dropped.
pub(super) struct Place {
    connections: Arc<Connections>,
    number: u64,
    /// True if the connection may only check the server's health.
    pub(super) is_reserved: bool,
    share: Arc<Share>,
    activity: Arc<Activity>,
    /// Makes the server wait for a connection that has left its task.
    tracked: OnceLock<TaskTrackerToken>,
    /// The connection itself, if its client asked for another protocol and got an answer in HTTP.
    declined: Mutex<Option<OnUpgrade>>,
}

impl Place {
    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }

    pub(super) fn now(&self) -> Moment {
        self.connections.now()
    }

    /// Notes a request that has arrived. Returns false if its address has too many in flight: as many as it may have
    /// connections. Only HTTP/2 can have more.
    pub(super) fn begin_request(&self, is_http2: bool) -> bool {
        self.activity.begin_request(is_http2);
        self.share.requests.fetch_add(1, Relaxed) < self.connections.options.connections_per_address
    }

    /// Notes that the connection goes on with another protocol than HTTP, outside of its task.
    pub(super) fn upgrade(&self, tracked: TaskTrackerToken) {
        self.activity.upgrade();
        let _ = self.tracked.set(tracked);
    }

    /// Keeps the connection of a client that asked for another protocol and got an answer in HTTP.
    pub(super) fn decline(&self, upgrade: OnUpgrade) {
        *self.declined.lock().unwrap_or_else(PoisonError::into_inner) = Some(upgrade);
    }

    /// Takes the connection that was kept.
    pub(super) fn declined(&self) -> Option<OnUpgrade> {
        self.declined.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes that a request was answered.
    pub(super) fn end_request(&self) {
        self.share.requests.fetch_sub(1, Relaxed);
        self.activity.end_request(self.now());
    }

    /// The memory for the bodies of this client's requests.
    pub(super) fn bodies(&self) -> Arc<BodyBudget> {
        Arc::clone(&self.share.bodies)
    }

    /// Permits one more request of this client that may change something. Returns `None` if too many are being handled.
    pub(super) fn permit(&self) -> Option<Permit> {
        Permit::new(&self.connections.unsafe_requests, &self.share, self.connections.options.unsafe_requests)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.leave(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(connections: usize) -> Arc<Connections> {
        let options = ServerOptions { connections, unsafe_requests: 8, ..ServerOptions::default() };
        Connections::new(options, None, CancellationToken::new())
    }

    fn peer(number: u8) -> Option<IpAddr> {
        Some(IpAddr::from([127, 0, 0, number]))
    }

    fn busy(connections: &Arc<Connections>, address: u8) -> Option<Arc<Place>> {
        let place = connections.admit(peer(address))?;
        place.activity().begin_request(false);
        Some(place)
    }

    #[test]
    fn sr_62_one_address_does_not_take_the_places_of_all_others() {
        let connections = connections(8);
        let attack: Vec<_> = (0..100).filter_map(|_| busy(&connections, 1)).collect();
        assert_eq!(attack.iter().filter(|place| !place.is_reserved).count(), 2);
        assert_eq!(attack.len(), 2 + RESERVED_PER_ADDRESS);
        assert!(!connections.admit(peer(2)).unwrap().is_reserved);
        drop(attack);
        assert!(!connections.admit(peer(1)).unwrap().is_reserved, "a place that was given back is free");
        connections.look();
        assert!(connections.open().addresses.is_empty());
    }

    #[test]
    fn sr_62_an_idle_connection_makes_room_and_a_busy_one_does_not() {
        let connections = connections(4);
        let busy: Vec<_> = (1..4).map(|address| busy(&connections, address).unwrap()).collect();
        let idle = connections.admit(peer(4)).unwrap();
        let new = connections.admit(peer(5)).unwrap();
        assert!(!new.is_reserved && idle.activity().abort.is_cancelled());
        assert!(busy.iter().all(|place| !place.activity().abort.is_cancelled()));
        new.activity().begin_request(false);
        drop(idle);
        assert!(connections.admit(peer(6)).unwrap().is_reserved, "only for a health check");
    }

    #[test]
    fn sr_63_requests_that_outlive_their_clients_are_limited_for_each_address_and_for_all() {
        let connections = connections(400);
        let place = connections.admit(peer(1)).unwrap();
        let attack: Vec<_> = (0..100).filter_map(|_| place.permit()).collect();
        assert_eq!(attack.len(), 2);
        drop(place);
        connections.look();
        assert!(connections.admit(peer(1)).unwrap().permit().is_none(), "a new connection gives no new permits");
        let others: Vec<_> =
            (2..100).filter_map(|address| connections.admit(peer(address)).unwrap().permit()).collect();
        assert_eq!(others.len(), 6);
        drop(attack);
        assert!(connections.admit(peer(1)).unwrap().permit().is_some());
    }

    #[test]
    fn sr_63_one_address_has_as_many_requests_in_flight_as_connections() {
        let connections = connections(16);
        let place = connections.admit(peer(1)).unwrap();
        assert_eq!((0..100).filter(|_| place.begin_request(true)).count(), 4);
        assert!(connections.admit(peer(2)).unwrap().begin_request(true));
        (0..97).for_each(|_| place.end_request());
        assert!(place.begin_request(true));
    }

    #[test]
    fn the_clients_of_a_unix_socket_do_not_share_what_one_address_may_have() {
        let connections = connections(8);
        let places: Vec<_> = std::iter::from_fn(|| {
            let place = connections.admit(None)?;
            place.activity().begin_request(false);
            (!place.is_reserved).then_some(place)
        })
        .collect();
        assert_eq!(places.len(), 8, "a single address has a quarter");
        let permits: Vec<_> = places.iter().filter_map(|place| place.permit()).collect();
        assert_eq!(permits.len(), 8, "of the requests that may change something as well");
    }
}
