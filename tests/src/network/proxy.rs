//! The proxy itself.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

use super::{link::Shared, rules::Rules, swap::Swap};
use crate::servers::free_port;

/// A port that leads to a server. Everything goes through unchanged until a test says otherwise.
///
/// It runs in a thread with a runtime of its own, so that neither a test that blocks nor a paused clock stops it. Where
/// something is to happen to one response, the response is what the server sends in one piece: on loopback, and as long
/// as nobody sends several requests before a response, a complete reply of up to 64 KiB.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    orders: Option<UnboundedSender<(Order, mpsc::Sender<()>)>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    Cut,
    Listen(bool),
}

impl Proxy {
    /// A proxy in front of a server that need not be running yet. Until it is, connections are accepted and then cut.
    #[must_use]
    pub fn to(server: SocketAddr) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let shared = Arc::new(Shared::new(server));
        let (orders, taken) = unbounded_channel();
        let own = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(serve(address, own, taken));
        });
        let proxy = Self { address, shared, orders: Some(orders), thread: Some(thread) };
        proxy.order(Order::Listen(true));
        proxy
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets everything through again, including what was held back, and accepts connections.
    pub fn pass(&self) {
        self.shared.rules.send_replace(Rules::default());
        self.order(Order::Listen(true));
    }

    /// Delays requests and responses by this duration.
    pub fn delay(&self, requests: Duration, answers: Duration) {
        self.change(|rules| (rules.requests.delay, rules.answers.delay) = (requests, answers));
    }

    /// Accepts connections and data, but forwards nothing in either direction.
    pub fn stall(&self) {
        self.change(|rules| (rules.requests.is_held, rules.answers.is_held) = (true, true));
    }

    /// Lets requests through, and holds the responses back: requests are carried out, but their results do not arrive.
    pub fn hold_answers(&self) {
        self.change(|rules| rules.answers.is_held = true);
    }

    /// Cuts every open connection.
    pub fn cut(&self) {
        self.order(Order::Cut);
    }

    /// Refuses new connections, as a port without a listener does. Open connections stay.
    pub fn refuse(&self) {
        self.order(Order::Listen(false));
    }

    /// Lets this many more bytes of responses through, and then cuts the connection that the next one is for: half a
    /// reply. With 0, the request is carried out and its response is lost with the connection.
    pub fn cut_after(&self, bytes: usize) {
        self.change(|rules| rules.cut_after = Some(bytes));
    }

    /// Exchanges two matching responses, once: the first one waits until there is another one on another connection.
    pub fn swap_answers(&self, fits: impl Fn(&[u8]) -> bool + Send + Sync + 'static) {
        self.change(|rules| rules.swap = Some(Swap::new(Box::new(fits))));
    }

    /// Replaces responses where `rewrite` returns something: by a response that another request got before, or by no
    /// bytes at all, so that the next response comes in its place.
    pub fn rewrite_answers(&self, rewrite: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static) {
        self.change(|rules| rules.rewriting = Some(Box::new(rewrite)));
    }

    /// The number of connections that were accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        Self::read(&self.shared.connections)
    }

    /// The number of bytes of requests that went through.
    #[must_use]
    pub fn requested(&self) -> usize {
        Self::read(&self.shared.requested)
    }

    /// The number of bytes of responses that went through.
    #[must_use]
    pub fn answered(&self) -> usize {
        Self::read(&self.shared.answered)
    }

    /// The number of times that two responses were exchanged.
    #[must_use]
    pub fn swaps(&self) -> usize {
        Self::read(&self.shared.swaps)
    }

    fn read(count: &AtomicUsize) -> usize {
        count.load(Ordering::Relaxed)
    }

    fn change(&self, change: impl FnOnce(&mut Rules)) {
        self.shared.rules.send_modify(change);
    }

    /// Sends an order, and waits until it was carried out.
    fn order(&self, order: Order) {
        let (done, is_done) = mpsc::channel();
        let orders = self.orders.as_ref().expect("the proxy takes orders until it is dropped");
        orders.send((order, done)).expect("the proxy's thread runs");
        is_done.recv().expect("the proxy's thread runs");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // The thread has reported its panic already.
            let _ = thread.join();
        }
    }
}

async fn serve(address: SocketAddr, shared: Arc<Shared>, mut orders: UnboundedReceiver<(Order, mpsc::Sender<()>)>) {
    let (mut listener, mut links) = (None, JoinSet::new());
    loop {
        tokio::select! {
            client = accepted(listener.as_ref()) => {
                let shared = Arc::clone(&shared);
                links.spawn(async move { shared.join(client).await });
            }
            order = orders.recv() => {
                let Some((order, done)) = order else { return };
                match order {
                    Order::Cut => links.shutdown().await,
                    Order::Listen(false) => listener = None,
                    Order::Listen(true) if listener.is_some() => {}
                    Order::Listen(true) => listener = Some(TcpListener::bind(address).await.expect("a free port")),
                }
                // Nobody waits for it if a test has panicked.
                let _ = done.send(());
            }
            Some(_) = links.join_next() => {}
        }
    }
}

async fn accepted(listener: Option<&TcpListener>) -> TcpStream {
    match listener {
        Some(listener) => listener.accept().await.expect("a connection").0,
        None => std::future::pending().await,
    }
}
