//! Servers leave nothing behind, however their tests end.

use std::{
    env, fs,
    net::{SocketAddr, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use salon_tests::{
    Process, Signal,
    servers::{Daemon, MariaDb, Memcached, Postgres, Redis, RedisCluster},
};
use tempfile::TempDir;

/// In the environment of a process that starts servers and is ended by a test: the same test, run again in that
/// process.
const ROLE: &str = "SALON_STARTS_SERVERS";

#[tokio::test]
#[cfg_attr(not(any(redis, memcached, postgres, mariadb)), ignore = "needs a server to start")]
async fn servers_are_gone_after_their_process_was_killed() {
    if env::var_os(ROLE).is_some() {
        start_servers();
        loop {
            thread::park();
        }
    }
    let folder = TempDir::with_prefix("salon-leaving-").expect("a temporary folder");
    let process = start("servers::leaving::servers_are_gone_after_their_process_was_killed", &folder);
    let started = process.line("started ").await;
    process.signal(Signal::KILL);
    assert_gone(&started, &folder);
}

#[tokio::test]
#[cfg_attr(not(any(redis, memcached, postgres, mariadb)), ignore = "needs a server to start")]
async fn servers_are_gone_after_their_process_has_ended() {
    if env::var_os(ROLE).is_some() {
        return start_servers();
    }
    let folder = TempDir::with_prefix("salon-leaving-").expect("a temporary folder");
    let process = start("servers::leaving::servers_are_gone_after_their_process_has_ended", &folder);
    let started = process.line("started ").await;
    process.end().await.assert_success();
    assert_gone(&started, &folder);
}

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn a_server_is_gone_when_its_test_lets_it_go() {
    let redis = Redis::options().keeps_data().start();
    let (id, address) = (redis.id().expect("it runs"), redis.address());
    let folder = fs::read_link(format!("/proc/{id}/cwd")).expect("a folder");
    drop(redis);
    assert!(!is_alive(id) && !folder.exists());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn a_server_outlives_the_thread_that_has_asked_for_it() {
    let redis = thread::spawn(Redis::start).join().expect("a server");
    assert_eq!(redis.command(&["PING"]), "PONG");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn a_postgresql_server_leaves_no_shared_memory_whether_it_was_killed_or_not() {
    for kill in [true, false] {
        let postgres = Postgres::start();
        let id = postgres.id().expect("it runs").to_string();
        let memory = || {
            let all = fs::read_to_string("/proc/sysvipc/shm").expect("a list");
            // The fifth column holds the id of the process that created it.
            all.lines().filter(|line| line.split_whitespace().nth(4) == Some(&id)).count()
        };
        assert_eq!(memory(), 1);
        if kill {
            postgres.kill();
        }
        drop(postgres);
        assert_eq!(memory(), 0, "killed: {kill}");
    }
}

/// Starts the servers that are available here, and prints their processes and folders.
fn start_servers() {
    let mut daemons: Vec<(&Daemon, SocketAddr)> = Vec::new();
    if cfg!(redis) {
        daemons.push((Redis::shared(), Redis::shared().address()));
        daemons.extend(RedisCluster::shared().nodes().iter().map(|node| (&**node, node.address())));
    }
    if cfg!(memcached) {
        daemons.push((Memcached::shared(), Memcached::shared().address()));
    }
    if cfg!(postgres) {
        daemons.push((Postgres::shared(), Postgres::shared().address()));
    }
    if cfg!(mariadb) {
        daemons.push((MariaDb::shared(), MariaDb::shared().address()));
    }
    let started = daemons.iter().map(|(daemon, address)| format!("{}@{address}", daemon.id().expect("it runs")));
    println!("\nstarted {}", started.collect::<Vec<_>>().join(" "));
}

fn start(test: &str, folder: &TempDir) -> Process {
    let mut process = Command::new(env::current_exe().expect("a path"));
    Process::start(process.args([test, "--exact", "--nocapture"]).env(ROLE, "1").env("TMPDIR", folder.path()))
}

#[track_caller]
fn assert_gone(started: &str, folder: &TempDir) {
    let servers: Vec<(u32, SocketAddr)> = started
        .split_whitespace()
        .filter_map(|server| server.split_once('@'))
        .map(|(id, address)| (id.parse().expect("a number"), address.parse().expect("an address")))
        .collect();
    assert!(!servers.is_empty(), "{started}");
    let left = || {
        let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| format!("{entry:?}"));
        let processes = servers.iter().filter(|(id, _)| is_alive(*id)).map(|(id, _)| format!("process {id}"));
        let listening = servers.iter().filter(|(_, address)| TcpStream::connect(address).is_ok());
        files.chain(processes).chain(listening.map(|(_, address)| address.to_string())).collect::<Vec<_>>()
    };
    let since = Instant::now();
    while !left().is_empty() {
        assert!(since.elapsed() < Duration::from_secs(30), "left: {:?}", left());
        thread::sleep(Duration::from_millis(20));
    }
}

/// True if there is such a process. A zombie that has not been waited for yet does not count.
fn is_alive(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/stat"));
    status.is_ok_and(|status| status.rsplit_once(')').is_some_and(|(_, rest)| !rest.starts_with(" Z")))
}
