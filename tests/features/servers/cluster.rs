//! Redis as a cluster.

use salon_tests::servers::RedisCluster;

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_cluster_keeps_its_keys_when_slots_move_and_a_master_dies() {
    let cluster = RedisCluster::start();
    assert_eq!(cluster.masters().len(), 3);
    let keys: Vec<String> = (0..60).map(|number| format!("key{number}")).collect();
    for key in &keys {
        cluster.command(&["SET", key, key]);
    }
    let owners = || keys.iter().map(|key| cluster.owner_of(key).port()).collect::<Vec<_>>();

    let before = owners();
    cluster.reshard(2000).await;
    let after = owners();
    let moved = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert!((1..30).contains(&moved), "{moved} of 60 keys have moved, where an eighth of all slots did");

    for master in cluster.masters() {
        // Not all of them have a key that was just written.
        master.try_command(&["WAIT", "1", "5000"]).expect("a replica that has caught up");
    }
    let dead = cluster.owner_of("key0");
    let heir = cluster.kill_owner_of("key0").await;
    assert_ne!(heir.port(), dead.port());
    assert_eq!(cluster.owner_of("key0").port(), heir.port());
    dead.start_again();
    cluster.settled().await;
    for key in &keys {
        assert_eq!(cluster.command(&["GET", key]), *key);
    }
    assert_eq!(cluster.masters().len(), 3);
}

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn a_cluster_with_a_password_lets_nobody_in_without() {
    let cluster = RedisCluster::with_password(Some("secret"));
    for node in cluster.nodes() {
        let cli = std::process::Command::new("redis-cli").args(["-p", &node.port().to_string(), "PING"]).output();
        assert!(String::from_utf8_lossy(&cli.expect("redis-cli").stdout).contains("NOAUTH"));
        assert_eq!(node.command(&["PING"]), "PONG");
    }
}
