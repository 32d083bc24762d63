//! The driver suite, on each kind of Redis.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use salon::{database::ConnectionConfig, session::testing::BuiltIn, testing::session_driver_suite};
use salon_tests::servers::{Redis, RedisCluster, RedisSentinel};

/// The driver on this server, isolated from others there.
fn on(url: &str) -> BuiltIn {
    one(url, &fresh())
}

/// The driver twice, on the same storage.
fn pair(url: &str) -> (BuiltIn, BuiltIn) {
    let prefix = fresh();
    (one(url, &prefix), one(url, &prefix))
}

fn one(url: &str, prefix: &str) -> BuiltIn {
    BuiltIn::new("redis", "/").on(config(url)).session(|session| session.prefix = prefix.to_owned())
}

fn config(url: &str) -> ConnectionConfig {
    let mut config = ConnectionConfig::to(url);
    // The machine may be busy.
    (config.connect_timeout, config.response_timeout) = (10, 10);
    config
}

fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("suite-{}:", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An address that nothing listens on.
fn down() -> BuiltIn {
    let mut config = ConnectionConfig::to("redis://127.0.0.1:1");
    config.connect_timeout = 1;
    BuiltIn::new("redis", "/").on(config)
}

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    alone,
    || async { on(&Redis::shared().url()) },
    shared: || async { pair(&Redis::shared().url()) },
    unreachable: || async { down() },
);

fn socket() -> String {
    static SERVER: OnceLock<Redis> = OnceLock::new();
    SERVER.get_or_init(|| Redis::options().socket().start()).url()
}

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    unix_socket,
    || async { on(&socket()) },
    shared: || async { pair(&socket()) },
    unreachable: || async { on("redis+unix:///nowhere/redis.sock") },
);

fn sealed() -> &'static Redis {
    static SERVER: OnceLock<Redis> = OnceLock::new();
    SERVER.get_or_init(|| Redis::options().tls().password("p@ss:w/rd").start())
}

/// With TLS, a password and a database number.
fn one_sealed(prefix: &str) -> BuiltIn {
    let url = sealed().url().replace("p@ss:w/rd", "p%40ss%3Aw%2Frd");
    let mut config = config(&format!("{url}/3"));
    config.ca = sealed().certificate().expect("a certificate").authority().display().to_string();
    BuiltIn::new("redis", "/").on(config).session(|session| session.prefix = prefix.to_owned())
}

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    tls,
    || async { one_sealed(&fresh()) },
    shared: || async {
        let prefix = fresh();
        (one_sealed(&prefix), one_sealed(&prefix))
    },
    unreachable: || async { on("rediss://127.0.0.1:1") },
);

fn sentinel() -> String {
    static SERVERS: OnceLock<RedisSentinel> = OnceLock::new();
    SERVERS.get_or_init(RedisSentinel::start).url()
}

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    sentinel_trio,
    || async { on(&sentinel()) },
    shared: || async { pair(&sentinel()) },
    unreachable: || async { on("redis+sentinel://127.0.0.1:1,127.0.0.1:2/salon") },
);

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    cluster,
    || async { on(&RedisCluster::shared().url()) },
    shared: || async { pair(&RedisCluster::shared().url()) },
    unreachable: || async { on("redis+cluster://127.0.0.1:1,127.0.0.1:2") },
);

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    replicated,
    || async { on(&sentinel()).session(|session| session.wait_replicas = 1) },
);
