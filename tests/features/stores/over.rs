//! Drivers with a fallback: each driver that uses a server fulfills the whole contract with another one as its
//! fallback.

use std::{
    fs,
    path::PathBuf,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use salon::{database::ConnectionConfig, session::testing::BuiltIn, testing::session_driver_suite};
use salon_tests::servers::{MariaDb, Memcached, Postgres, Redis, RedisCluster};

/// A number that was never used before.
fn fresh() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("over-{}-{}", std::process::id(), fresh()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A driver on a server, isolated from others there, with timeouts for a busy machine.
fn on(name: &'static str, url: &str) -> BuiltIn {
    let mut connection = ConnectionConfig::to(url);
    (connection.connect_timeout, connection.response_timeout) = (20, 20);
    BuiltIn::new(name, folder()).on(connection).session(|session| {
        session.prefix = format!("over-{}:", fresh());
        session.table = format!("over_{}", fresh());
    })
}

fn files() -> BuiltIn {
    BuiltIn::new("file", folder())
}

fn redis() -> BuiltIn {
    on("redis", &Redis::shared().url())
}

static MEMCACHED: LazyLock<Memcached> = LazyLock::new(|| Memcached::options().argument("-I").argument("8m").start());

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    redis_over_files,
    || async { redis().over(files()) },
    shared: || async {
        let driver = redis().over(files());
        (driver.clone(), driver)
    },
);

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    a_cluster_over_redis,
    || async { on("redis", &RedisCluster::shared().url()).over(redis()) },
);

session_driver_suite!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    sqlite_over_redis,
    || async { on("database", "sqlite:database.sqlite").making_table().over(redis()) },
);

session_driver_suite!(
    #[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
    postgres_over_files,
    || async { on("database", &Postgres::shared().url()).making_table().over(files()) },
);

session_driver_suite!(
    #[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
    mariadb_over_files,
    || async { on("database", &MariaDb::shared().url()).making_table().over(files()) },
);

session_driver_suite!(
    #[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
    memcached_over_files,
    || async { on("memcached", &MEMCACHED.url()).over(files()) },
);
