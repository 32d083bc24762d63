//! The server of the benchmarks, on every driver: its routes, and fifty concurrent requests of one visitor.

use salon_tests::{
    Server, Visitor,
    servers::{MariaDb, Memcached, Postgres, Redis, RedisCluster, RedisSentinel},
};
use tempfile::TempDir;
use tokio::task::JoinSet;

type Environment = Vec<(&'static str, String)>;

/// Every driver is tested with the same checks.
macro_rules! on {
    ($(#[$attribute:meta])* $driver:ident, $environment:expr) => {
        mod $driver {
            use super::*;

            #[tokio::test]
            $(#[$attribute])*
            async fn every_route_of_the_benchmarks_answers() {
                let folder = tempfile::tempdir().expect("a temporary folder");
                every_route_answers(&($environment)(&folder)).await;
            }

            #[tokio::test]
            $(#[$attribute])*
            async fn two_servers_lose_no_write_of_fifty() {
                let folder = tempfile::tempdir().expect("a temporary folder");
                two_servers_lose_no_write(&($environment)(&folder)).await;
            }
        }
    };
}

on!(file, |folder: &TempDir| vec![("SESSION_DRIVER", "file".to_owned()), ("FILES", path(folder))]);

on!(sqlite, |folder: &TempDir| {
    let file = format!("{}/sessions.sqlite", path(folder));
    vec![("SESSION_DRIVER", "database".to_owned()), ("DATABASE", "sqlite".to_owned()), ("SQLITE_PATH", file)]
});

on!(
    #[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
    postgres,
    |folder: &TempDir| database("postgres", "PG_URL", Postgres::shared().database(&own_name(folder)))
);

on!(
    #[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
    mariadb,
    |folder: &TempDir| database("mysql", "MYSQL_URL", MariaDb::shared().database(&own_name(folder)))
);

on!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    redis,
    |_: &TempDir| vec![("SESSION_DRIVER", "redis".to_owned()), ("REDIS_URL", Redis::shared().url())]
);

on!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    redis_sentinel,
    |_: &TempDir| vec![("SESSION_DRIVER", "redis".to_owned()), ("REDIS_URL", RedisSentinel::shared().url())]
);

on!(
    #[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
    redis_cluster,
    |_: &TempDir| vec![("SESSION_DRIVER", "redis".to_owned()), ("REDIS_URL", RedisCluster::shared().url())]
);

on!(
    #[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
    memcached,
    |_: &TempDir| vec![("SESSION_DRIVER", "memcached".to_owned()), ("MEMCACHED_URL", Memcached::shared().url())]
);

fn database(name: &str, variable: &'static str, url: String) -> Environment {
    vec![("SESSION_DRIVER", "database".to_owned()), ("DATABASE", name.to_owned()), (variable, url)]
}

fn path(folder: &TempDir) -> String {
    folder.path().display().to_string()
}

/// A database name that no other test uses.
fn own_name(folder: &TempDir) -> String {
    let name = path(folder).chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    format!("bench_{}", name.to_lowercase())
}

async fn start(environment: &Environment) -> Server {
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Server::bench(&environment).await
}

#[tokio::test]
async fn every_route_of_the_benchmarks_answers_from_memory_and_from_the_cookie() {
    for driver in ["memory", "cookie"] {
        every_route_answers(&vec![("SESSION_DRIVER", driver.to_owned())]).await;
    }
}

#[tokio::test]
async fn a_server_that_keeps_sessions_in_memory_loses_no_write_of_fifty() {
    let server = start(&vec![("SESSION_DRIVER", "memory".to_owned())]).await;
    no_write_is_lost(&[server.visitor()]).await;
}

#[tokio::test]
async fn a_session_lives_as_many_seconds_as_it_is_given() {
    let server = Server::bench(&[("TTL", "90")]).await;
    let answer = server.visitor().get("/new").await;
    assert!(answer.cookies()[0].contains("Max-Age=90"), "{:?}", answer.cookies());
}

async fn every_route_answers(environment: &Environment) {
    let server = start(environment).await;
    for path in ["/plain", "/plain-web"] {
        let answer = server.visitor().get(path).await;
        assert_eq!(answer.assert_status(200).assert_no_cookie().text(), "hello");
    }
    let newcomer = server.visitor();
    let answers = async |visitor: &Visitor, path: &str, text: &str| {
        let answer = visitor.get(path).await;
        assert_eq!(answer.assert_status(200).text(), text, "{path} with {environment:?}");
    };
    answers(&newcomer, "/new", "ok").await;
    answers(&newcomer, "/read", "Ada Lovelace").await;
    answers(&newcomer, "/keys", "u=0 count=0").await;

    let ada = server.visitor();
    answers(&ada, "/seed", "ok").await;
    assert!(ada.cookie("session").is_some());
    answers(&ada, "/read", "Ada Lovelace").await;
    answers(&ada, "/count", "1").await;
    answers(&ada, "/count", "2").await;
    let flashed = ada.get("/flash-set").await;
    assert_eq!(flashed.assert_status(303).header("location"), Some("/flash-get"));
    answers(&ada, "/flash-get", "Saved.").await;
    answers(&ada, "/flash-get", "none").await;
    let page = ada.get("/page").await;
    page.assert_status(200).assert_see("Ada Lovelace").assert_see("&lt;b&gt;fortune &amp; fate 19&lt;");
    answers(&ada, "/slow-add?k=7", "ok").await;
    answers(&ada, "/slow-count", "ok").await;
    answers(&ada, "/keys", "u=1 count=3").await;
    let swept = server.visitor().get("/sweep").await;
    assert!(swept.assert_status(200).text().parse::<u64>().is_ok(), "{}", swept.text());
    answers(&ada, "/read", "Ada Lovelace").await;
    answers(&server.visitor(), "/read", "").await;
}

async fn two_servers_lose_no_write(environment: &Environment) {
    let (first, second) = (start(environment).await, start(environment).await);
    let ada = first.visitor();
    no_write_is_lost(&[ada.clone(), ada.at(&second)]).await;
}

/// Fifty concurrent requests, alternating between the servers: where other frameworks keep one of fifty, the benchmark
/// requires all.
async fn no_write_is_lost(at: &[Visitor]) {
    at[0].get("/seed").await.assert_status(200);
    fifty(at, |number| format!("/slow-add?k={number}")).await;
    fifty(at, |_| "/slow-count".to_owned()).await;
    for visitor in at {
        visitor.get("/keys").await.assert_see("u=50 count=50");
    }
}

async fn fifty(at: &[Visitor], path: impl Fn(usize) -> String) {
    let mut requests = JoinSet::new();
    for number in 0..50 {
        let (visitor, path) = (at[number % at.len()].clone(), path(number));
        requests.spawn(async move { visitor.get(&path).await });
    }
    for answer in requests.join_all().await {
        answer.assert_status(200).assert_see("ok");
    }
}
