//! F-09: the master dies, and a replica is promoted.

use salon_tests::{AppFolder, servers::RedisSentinel};

use super::{app::app, tally::Counter};

async fn counters(server: &salon_tests::Server, many: usize) -> Vec<Counter> {
    let mut counters = Vec::new();
    for number in 0..many {
        counters.push(Counter::begin(server.visitor(), number).await);
    }
    counters
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_09_what_replicas_have_got_outlives_the_master() {
    let (folder, sentinel) = (AppFolder::new(), RedisSentinel::start());
    // Both replicas have every acknowledged save, so whichever is promoted has it.
    let server = app(&folder, &sentinel.url(), &[("SESSION_WAIT_REPLICAS", "2")]).await;
    let all = counters(&server, 4).await;
    for counter in &all {
        counter.gets_on(20).await;
    }
    let old = sentinel.master();
    let new = sentinel.kill_master().await;
    assert_ne!(new.port(), old.port());
    // The old master comes back as a replica: without it no save reaches two replicas.
    old.start_again();
    sentinel.wait_until_replica(old);
    for counter in &all {
        counter.gets_on(20).await;
    }
    let unknown: Vec<u64> = all.iter().map(Counter::unknown).collect();
    for counter in all {
        let (count, said) = counter.end().await;
        assert!(said.contains(&count), "{count} is not in {said:?}");
    }
    assert!(unknown.iter().sum::<u64>() > 0, "the failover had an effect: {unknown:?}");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_09_without_waiting_for_replicas_a_failover_loses_the_last_saves_at_most_and_mixes_nobody_up() {
    let (folder, sentinel) = (AppFolder::new(), RedisSentinel::start());
    let server = app(&folder, &sentinel.url(), &[]).await;
    let all = counters(&server, 4).await;
    for counter in &all {
        counter.gets_on(20).await;
    }
    let old = sentinel.master();
    sentinel.kill_master().await;
    for counter in &all {
        counter.gets_on(20).await;
    }
    // A server that wakes up late as a master finds that it no longer is one.
    old.start_again();
    sentinel.wait_until_replica(old);
    let unknown: Vec<u64> = all.iter().map(Counter::unknown).collect();
    for counter in &all {
        counter.gets_on(20).await;
    }
    assert_eq!(all.iter().map(Counter::unknown).collect::<Vec<_>>(), unknown, "nothing fails any longer");
    for counter in all {
        let (count, said) = counter.end().await;
        assert!(count <= *said.end() && count + 40 > *said.start(), "{count} is far from {said:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn f_09_a_master_that_hands_over_keeps_nobody_waiting_and_a_dead_sentinel_is_passed_over() {
    let (folder, sentinel) = (AppFolder::new(), RedisSentinel::with_passwords(Some("servers"), Some("sentinels")));
    let url = format!("{}?sentinel_password=sentinels", sentinel.url());
    sentinel.sentinels()[2].kill();
    let server = app(&folder, &url, &[]).await;
    let all = counters(&server, 2).await;
    for counter in &all {
        counter.gets_on(5).await;
    }
    sentinel.sentinels()[2].start_again();
    sentinel.fail_over().await;
    for counter in &all {
        counter.gets_on(20).await;
    }
    for counter in all {
        let (count, said) = counter.end().await;
        assert!(count <= *said.end(), "{count} is not in {said:?}");
    }
}
