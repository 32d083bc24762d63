//! memcached.

use salon_tests::servers::Memcached;

#[test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
fn a_memcached_server_answers_and_forgets_when_asked_to_and_in_a_restart() {
    let memcached = Memcached::start();
    let forget = [Memcached::flush as fn(&Memcached), |it| it.restart(), |it| (it.kill(), it.start_again()).0];
    for forget in forget {
        assert_eq!(memcached.command("add key 0 0 5\r\nvalue"), "STORED");
        assert_eq!(memcached.command("add key 0 0 5\r\nother"), "NOT_STORED");
        assert_eq!(memcached.command("get key"), "VALUE key 0 5\nvalue\nEND");
        let port = memcached.address();
        forget(&memcached);
        assert_eq!(memcached.command("get key"), "END");
        assert_eq!(memcached.address(), port);
    }
}

#[test]
#[cfg_attr(not(memcached), ignore = "needs memcached: apt-get install memcached")]
fn a_small_memcached_server_throws_out_what_was_not_used_for_longest() {
    let memcached = Memcached::options().megabytes(1).start();
    let large = "x".repeat(100_000);
    for number in 0..50 {
        assert_eq!(memcached.command(&format!("set key{number} 0 0 100000\r\n{large}")), "STORED");
    }
    assert!(memcached.statistic("evictions") > 0);
    assert_eq!(memcached.command("get key0"), "END");
    let huge = "x".repeat(600_000);
    assert!(
        memcached
            .command(&format!(
                "set key 0 0 600000
{huge}"
            ))
            .contains("too large")
    );
}
