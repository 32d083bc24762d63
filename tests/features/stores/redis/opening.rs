//! What keeps an app from starting on Redis, and what it logs when it starts.

use salon_tests::{
    AppFolder, Ended, Server,
    servers::{Redis, RedisCluster, RedisSentinel},
};

use super::app::app;

async fn refusal(url: &str, more: &[(&str, &str)]) -> Ended {
    let mut environment = vec![
        // Without what the client logs on its own about each node.
        ("LOGGING_LEVEL", "error"),
        ("SESSION_DRIVER", "redis"),
        ("DATABASE_CONNECTIONS_REDIS_URL", url),
        ("DATABASE_CONNECTIONS_REDIS_CONNECT_TIMEOUT", "1"),
        ("DATABASE_CONNECTIONS_REDIS_RESPONSE_TIMEOUT", "1"),
    ];
    environment.extend_from_slice(more);
    let refusal = Server::refusal(&AppFolder::new(), &environment).await;
    for word in ["hunter2", "panicked"] {
        assert!(!refusal.stderr.contains(word) && !refusal.stdout.contains(word), "{refusal:?}");
    }
    refusal
}

#[tokio::test]
async fn a_server_that_is_down_stops_the_start_with_what_to_look_at() {
    for (url, place) in [
        ("redis://ada:hunter2@127.0.0.1:1/2", "127.0.0.1:1"),
        ("rediss://:hunter2@127.0.0.1:1", "127.0.0.1:1"),
        ("redis+unix:///nowhere/redis.sock?pass=hunter2", "/nowhere/redis.sock"),
        (
            "redis+sentinel://:hunter2@127.0.0.1:1,127.0.0.1:2/main",
            "`main` of the sentinels at 127.0.0.1:1, 127.0.0.1:2",
        ),
        ("redis+cluster://:hunter2@127.0.0.1:1,127.0.0.1:2", "127.0.0.1:1, 127.0.0.1:2"),
    ] {
        refusal(url, &[]).await.assert_refused(&["`redis`", "config/database.toml", place, "check that it is running"]);
    }
}

#[tokio::test]
async fn a_url_that_is_none_is_refused_with_what_it_must_look_like() {
    for url in [
        "redis://",
        "redis:hunter2",
        "redis://:hunter2@127.0.0.1:port",
        "redis://:hunter2@127.0.0.1/main",
        "redis://:hunter2@127.0.0.1/-1",
        "rediss://:hunter2@127.0.0.1/#insecure",
        "redis+sentinel://:hunter2@127.0.0.1:26379",
        "redis+sentinel://:hunter2@127.0.0.1:26379/main?password=hunter2",
        "redis+cluster://:hunter2@127.0.0.1:1,",
        "redis+unix://",
    ] {
        let refusal = refusal(url, &[]).await;
        refusal.assert_refused(&["connections.redis.url", "must look like", "redis+sentinel://host"]);
    }
    let refusal = refusal("redis+cluster://:hunter2@127.0.0.1:1/3", &[]).await;
    refusal.assert_refused(&["connections.redis.url", "only one database, without a number"]);
}

#[tokio::test]
async fn a_connection_to_something_else_is_refused() {
    refusal("redis://127.0.0.1", &[("SESSION_CONNECTION", "sqlite")])
        .await
        .assert_refused(&["`sqlite`", "does not lead to Redis"]);
    refusal("redis://127.0.0.1", &[("SESSION_CONNECTION", "rdis")]).await.assert_refused(&["`rdis`", "redis"]);
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn what_a_server_refuses_is_said_with_its_remedy() {
    let (open, closed) = (Redis::start(), Redis::options().password("hunter2").start());
    let address = closed.address();
    for (url, remedy) in [
        (format!("redis://:wrong@{address}"), "password in the URL is wrong"),
        (format!("redis://{address}"), "requires a password"),
        (format!("redis://{}/16", open.address()), "no database with that number"),
        (format!("redis://:hunter2@{}", open.address()), "password"),
        (format!("redis+sentinel://{}/main", open.address()), "sentinel"),
        (format!("redis+cluster://{}", open.address()), "Cluster"),
    ] {
        refusal(&url, &[]).await.assert_refused(&["`redis`", "127.0.0.1:", remedy]);
    }
    closed.command(&["ACL", "SETUSER", "limited", "on", ">hunter2", "~other:*", "+@all"]);
    refusal(&format!("redis://limited:hunter2@{address}"), &[])
        .await
        .assert_refused(&["lacks the permission", "prefix"]);
    let alone = refusal(&open.url(), &[("SESSION_WAIT_REPLICAS", "1")]).await;
    alone.assert_refused(&["0 of the 1 replicas", "`wait_replicas`", &open.address().to_string()]);
    open.command(&["REPLICAOF", "127.0.0.1", "1"]);
    refusal(&open.url(), &[]).await.assert_refused(&["replica", "use the address of the master"]);
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_user_who_may_do_what_sessions_need_and_nothing_else_is_enough() {
    let redis = Redis::start();
    allow(&redis, &[]);
    is_enough(&format!("redis://salon:hunter2@{}/1", redis.address())).await;
    let sentinel = RedisSentinel::start();
    sentinel.servers().iter().for_each(|node| allow(node, &["+role"]));
    is_enough(&sentinel.url().replace("://", "://salon:hunter2@")).await;
}

/// Creates a user who may do only what the guide lists, and this.
fn allow(redis: &Redis, more: &[&str]) {
    let allowed = "+get +getex +getrange +set +setrange +del +pttl +pexpire +zadd +zrem +zrange +zremrangebyscore \
                   +scan +time +eval +evalsha +select";
    let mut words = vec!["ACL", "SETUSER", "salon", "on", ">hunter2", "~app:*", "resetchannels", "-@all"];
    words.extend(allowed.split_whitespace().chain(more.iter().copied()));
    redis.command(&words);
}

async fn is_enough(url: &str) {
    let folder = AppFolder::new();
    let server = app(&folder, url, &[("SESSION_PREFIX", "app:")]).await;
    let ada = server.visitor();
    for path in ["/count", "/login", "/count", "/regenerate", "/logout"] {
        ada.get(path).await.assert_status(200);
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_certificate_of_an_authority_that_nobody_knows_is_refused() {
    let (folder, redis) = (AppFolder::new(), Redis::options().tls().start());
    refusal(&redis.url(), &[]).await.assert_refused(&["127.0.0.1:", "`ca`"]);
    refusal(&redis.url(), &[("DATABASE_CONNECTIONS_REDIS_CA", "nowhere.crt")])
        .await
        .assert_refused(&["`ca`", "nowhere.crt"]);
    let authority = redis.certificate().expect("a certificate").authority();
    let ca = std::fs::read_to_string(authority).expect("a certificate");
    folder.write("config/redis.crt", &ca);
    let server = app(&folder, &redis.url(), &[("DATABASE_CONNECTIONS_REDIS_CA", "config/redis.crt")]).await;
    server.visitor().get("/count").await.assert_see("1");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_server_that_evicts_keys_is_logged_once() {
    let (folder, redis) = (AppFolder::new(), Redis::options().setting("maxmemory 100mb").start());
    for (policy, warnings) in [("noeviction", 0), ("allkeys-lru", 1), ("volatile-ttl", 1)] {
        redis.command(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let server = app(&folder, &redis.url(), &[]).await;
        server.visitor().get("/count").await.assert_see("1");
        let ended = server.stop().await;
        assert_eq!(ended.assert_success().stderr.matches("maxmemory-policy noeviction").count(), warnings, "{policy}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn sentinels_and_nodes_that_are_down_do_not_keep_an_app_from_starting() {
    let (folder, sentinel) = (AppFolder::new(), RedisSentinel::start());
    sentinel.sentinels()[0].kill();
    let server = app(&folder, &sentinel.url(), &[]).await;
    server.visitor().get("/count").await.assert_see("1");
    let cluster = RedisCluster::start();
    let replica = cluster.nodes().last().expect("six nodes");
    replica.pause();
    let server = app(&folder, &cluster.url(), &[]).await;
    server.visitor().get("/count").await.assert_see("1");
    replica.resume();
    let wrong = sentinel.url().replace("/salon", "/other");
    refusal(&wrong, &[]).await.assert_refused(&["`other`", "the name in the URL"]);
}
