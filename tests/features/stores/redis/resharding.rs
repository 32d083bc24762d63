//! F-10: a Cluster moves its keys, and loses a node.

use salon::{
    database::ConnectionConfig,
    session::{
        SessionManager,
        testing::{BuiltIn, Site},
    },
};
use salon_tests::{
    AppFolder, Server,
    servers::{Redis, RedisCluster},
    within,
};

use super::{app::app, tally::Counter};

async fn counters(server: &Server, many: usize) -> Vec<Counter> {
    let mut counters = Vec::new();
    for number in 0..many {
        counters.push(Counter::begin(server.visitor(), number).await);
    }
    counters
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_10_no_save_is_lost_while_slots_move() {
    let (folder, cluster) = (AppFolder::new(), RedisCluster::start());
    let server = app(&folder, &cluster.url(), &[]).await;
    let all = counters(&server, 8).await;
    let renewed = server.visitor();
    renewed.get("/count").await.assert_see("1");
    for slots in [300, 700, 1500] {
        cluster.reshard(slots).await;
        renewed.get("/regenerate").await.assert_status(200);
        renewed.get("/count").await.assert_status(200);
        for counter in &all {
            counter.gets_on(5).await;
        }
    }
    renewed.get("/count").await.assert_see("5");
    for counter in all {
        assert_eq!(counter.unknown(), 0, "nobody notices");
        let (count, said) = counter.end().await;
        assert!(said.contains(&count), "{count} is not in {said:?}");
    }
    let ended = server.stop().await;
    assert!(!ended.stdout.contains("CROSSSLOT") && !ended.stderr.contains("CROSSSLOT"));
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_10_a_key_that_is_on_its_way_is_found_on_both_sides() {
    let (folder, cluster) = (AppFolder::new(), RedisCluster::start());
    let server = app(&folder, &cluster.url(), &[("SESSION_PREFIX", "way:")]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let (from, key) = {
        let holds = |node: &&salon_tests::servers::Redis| node.command(&["DBSIZE"]) != "0";
        let from = cluster.masters().into_iter().find(holds).expect("a key");
        (from, from.command(&["KEYS", "*"]))
    };
    let to = cluster.masters().into_iter().find(|node| node.port() != from.port()).expect("another master");
    let slot = cluster.slot_of(&key).to_string();
    to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &cluster.id_of(from)]);
    from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &cluster.id_of(to)]);
    ada.get("/count").await.assert_see("2");
    from.command(&["MIGRATE", "127.0.0.1", &to.port().to_string(), &key, "0", "5000"]);
    // ASK: the slot still belongs to the old node, but the key has moved.
    for count in 3..30 {
        ada.get("/count").await.assert_see(&count.to_string());
    }
    for node in [to, from] {
        node.command(&["CLUSTER", "SETSLOT", &slot, "NODE", &cluster.id_of(to)]);
    }
    cluster.settled().await;
    // MOVED.
    ada.get("/count").await.assert_see("30");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_10_a_dead_master_is_replaced_and_others_go_on_meanwhile() {
    let (folder, cluster) = (AppFolder::new(), RedisCluster::start());
    let server = app(&folder, &cluster.url(), &[("SESSION_WAIT_REPLICAS", "1")]).await;
    let all = counters(&server, 6).await;
    for counter in &all {
        counter.gets_on(10).await;
    }
    let dead = cluster.masters()[0];
    let key = (0..).map(|number| number.to_string()).find(|key| cluster.owner_of(key).port() == dead.port());
    cluster.kill_owner_of(&key.expect("a key of the session")).await;
    // It comes back as the replica that a save requires.
    dead.start_again();
    for counter in &all {
        counter.gets_on(10).await;
    }
    for counter in all {
        let (count, said) = counter.end().await;
        assert!(said.contains(&count), "{count} is not in {said:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_10_a_node_that_hangs_holds_up_its_own_sessions_only() {
    let (folder, cluster) = (AppFolder::new(), RedisCluster::start());
    let server = app(&folder, &cluster.url(), &[]).await;
    let all = counters(&server, 6).await;
    for counter in &all {
        counter.gets_on(5).await;
    }
    let hung = cluster.masters()[0];
    hung.pause();
    for counter in &all {
        counter.gets_on(10).await;
    }
    hung.resume();
    for counter in &all {
        counter.gets_on(10).await;
    }
    for counter in all {
        let (count, said) = counter.end().await;
        assert!(count <= *said.end(), "{count} is not in {said:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_10_a_renewal_that_seemed_to_fail_may_be_saved_again_and_takes_nobody_s_session_away() {
    let cluster = RedisCluster::start();
    let mut config = ConnectionConfig::to(&cluster.url());
    config.response_timeout = 1;
    // The new id is usually on another server, whose replica is healthy: only the write of the forward appears to fail.
    for number in 0..3 {
        let prefix = format!("again{number}:");
        let driver = BuiltIn::new("redis", "/").on(config.clone()).session(|session| {
            session.prefix.clone_from(&prefix);
            session.wait_replicas = 1;
        });
        let site = Site::open(driver).await.expect("a driver");
        let manager: &SessionManager = (*site).as_ref();
        let driver = manager.driver(None).await.expect("a driver");
        let session = manager.build_session(driver.clone(), None);
        session.start().await.expect("a session");
        session.put("name", "ada").expect("a value");
        session.save().await.expect("a save");
        let replica = replica_of(&cluster, &format!("{prefix}*"));
        replica.pause();
        session.regenerate().expect("an id");
        session.save().await.expect_err("there are too few replicas");
        replica.resume();
        within("another save", async { while session.save().await.is_err() {} }).await;
        let id = session.id().expect("an id").expose();
        let session = manager.build_session(driver, Some(&id));
        session.start().await.expect("a session");
        assert_eq!(session.get::<String>("name").expect("a name").as_deref(), Some("ada"), "the session {number}");
    }
}

/// The replica of the server that has a key like this.
fn replica_of<'a>(cluster: &'a RedisCluster, pattern: &str) -> &'a Redis {
    let has_it = |node: &&Redis| !node.command(&["KEYS", pattern]).is_empty();
    let master = cluster.masters().into_iter().find(has_it).expect("its server").port().to_string();
    let follows = |role: &str| role.starts_with("slave") && role.contains(&master);
    cluster.nodes().iter().find(|node| follows(&node.command(&["ROLE"]))).expect("its replica")
}
