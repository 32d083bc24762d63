//! Redis with Sentinel.

use salon_tests::servers::RedisSentinel;

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn another_server_is_master_after_the_master_has_died() {
    let sentinel = RedisSentinel::start();
    let first = sentinel.master();
    assert_eq!(first.port(), sentinel.servers()[0].port());
    first.command(&["SET", "key", "value"]);
    assert_eq!(first.command(&["WAIT", "2", "5000"]), "2");

    let second = sentinel.kill_master().await;
    assert_ne!(second.port(), first.port());
    assert_eq!(second.command(&["GET", "key"]), "value");
    assert_eq!(second.command(&["SET", "key", "other"]), "OK");

    first.start_again();
    sentinel.wait_until_replica(first);
    assert_eq!(first.command(&["GET", "key"]), "other");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn a_master_that_lives_hands_over_when_it_is_asked_to() {
    let sentinel = RedisSentinel::with_passwords(Some("servers"), Some("sentinels"));
    let first = sentinel.master();
    let second = sentinel.fail_over().await;
    assert_ne!(second.port(), first.port());
    sentinel.wait_until_replica(first);
}
