//! The driver suite, on one server and on three.

use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use salon::{database::ConnectionConfig, session::testing::BuiltIn, testing::session_driver_suite};
use salon_tests::servers::Memcached;

/// The suite stores a payload of a megabyte, which is more than an item may have by default.
fn start() -> Memcached {
    Memcached::options().argument("-I").argument("8m").start()
}

static ONE: LazyLock<Memcached> = LazyLock::new(start);
static THREE: LazyLock<[Memcached; 3]> = LazyLock::new(|| [start(), start(), start()]);

/// The driver on these servers, under a prefix of its own.
fn driver(url: &str, prefix: &str) -> BuiltIn {
    BuiltIn::new("memcached", "/nowhere")
        .on(ConnectionConfig::to(url))
        .session(|session| session.prefix = prefix.to_owned())
}

/// A prefix that was never used before.
fn prefix() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("suite{}:session:", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Two instances with the same prefix.
fn pair(url: &str) -> (BuiltIn, BuiltIn) {
    let prefix = prefix();
    (driver(url, &prefix), driver(url, &prefix))
}

session_driver_suite!(
    #[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
    one,
    || async { driver(&ONE.url(), &prefix()) },
    shared: || async { pair(&ONE.url()) },
    unreachable: || async {
        let own = start();
        driver(&own.url(), &prefix()).on_open(move || own.kill())
    },
);

session_driver_suite!(
    #[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
    three,
    || async { driver(&Memcached::url_of(THREE.iter()), &prefix()) },
    shared: || async { pair(&Memcached::url_of(THREE.iter())) },
    unreachable: || async {
        let own = [start(), start(), start()];
        driver(&Memcached::url_of(own.iter()), &prefix()).on_open(move || own.iter().for_each(|server| server.kill()))
    },
);
