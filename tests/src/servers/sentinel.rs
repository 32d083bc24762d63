//! Redis with Sentinel.

use std::{sync::OnceLock, time::Duration};

use super::{Redis, daemon::patiently, redis_access::url_of};
use crate::within;

/// How often a state is polled that nothing notifies of.
const GLANCE: Duration = Duration::from_millis(20);

/// The name by which the sentinels know their master.
const MASTER: &str = "salon";

/// How often a sentinel asks a server for its role and shares what it knows, and how long an election may take, in
/// milliseconds.
const HASTE: [&str; 10] = [
    "SENTINEL",
    "DEBUG",
    "info-period",
    "200",
    "publish-period",
    "200",
    "ask-period",
    "200",
    "election-timeout",
    "1000",
];

/// A master, two replicas of it, and three sentinels of which two have to agree. A master that is silent for a second
/// is considered dead, and another server is promoted a second or two later.
#[derive(Debug)]
pub struct RedisSentinel {
    servers: Vec<Redis>,
    sentinels: Vec<Redis>,
}

impl RedisSentinel {
    /// Starts all six, without passwords, and waits until every sentinel knows all others.
    #[must_use]
    pub fn start() -> Self {
        Self::with_passwords(None, None)
    }

    /// The same with a password for the servers, and another one for the sentinels themselves.
    #[must_use]
    pub fn with_passwords(password: Option<&str>, sentinel_password: Option<&str>) -> Self {
        let mut options = Redis::options();
        options.password = password.map(str::to_owned);
        let master = options.start();
        options = options.setting(&format!("replicaof 127.0.0.1 {}", master.port()));
        let servers = vec![master, options.start(), options.start()];
        let [master, replicas @ ..] = servers.as_slice() else { unreachable!("there are three") };
        for replica in replicas {
            patiently("a replica", || is_in_step(replica).then_some(()), || replica.log());
        }
        let authentication =
            password.map(|password| format!("sentinel auth-pass {MASTER} {password}\n")).unwrap_or_default();
        let mut watch = Redis::options().setting(&format!(
            "sentinel monitor {MASTER} 127.0.0.1 {} 2\n{authentication}\
             sentinel down-after-milliseconds {MASTER} 1000\n\
             sentinel failover-timeout {MASTER} 3000",
            master.port()
        ));
        if let Some(password) = sentinel_password {
            watch.password = Some(password.to_owned());
            watch = watch.setting(&format!("sentinel sentinel-pass {password}"));
        }
        watch.is_sentinel = true;
        let sentinels: Vec<Redis> = (0..3).map(|_| watch.start()).collect();
        for sentinel in &sentinels {
            // They check each other every few seconds otherwise. A version that does not know this setting only takes
            // longer.
            let _ = sentinel.try_command(&HASTE);
            let knows_all = || {
                let all = sentinel.try_command(&["SENTINEL", "MASTER", MASTER]).ok()?;
                (field(&all, "num-slaves") == Some("2") && field(&all, "num-other-sentinels") == Some("2"))
                    .then_some(())
            };
            patiently("a sentinel", knows_all, || sentinel.log());
        }
        Self { servers, sentinels }
    }

    /// The servers that all tests of this process share. No test may kill any of them.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<RedisSentinel> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// The name by which the sentinels know their master.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        MASTER
    }

    /// The sentinels.
    #[must_use]
    pub fn sentinels(&self) -> &[Redis] {
        &self.sentinels
    }

    /// The servers that they watch, the first master first.
    #[must_use]
    pub fn servers(&self) -> &[Redis] {
        &self.servers
    }

    /// The URL of the current master, with all sentinels and the servers' password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/{MASTER}", url_of("sentinel", &self.sentinels, self.servers[0].password()))
    }

    /// The current master, according to the sentinels.
    #[must_use]
    pub fn master(&self) -> &Redis {
        let asked = self.sentinels.iter().filter(|sentinel| sentinel.id().is_some());
        let port = asked.map(|sentinel| sentinel.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER])).next();
        let port: u16 = port.as_ref().and_then(|reply| reply.lines().nth(1)?.parse().ok()).expect("a master's address");
        self.servers.iter().find(|server| server.port() == port).expect("one of ours")
    }

    /// Kills the master, waits until another server is master for every sentinel, and returns it. The dead one can be
    /// started again, and becomes a replica.
    pub async fn kill_master(&self) -> &Redis {
        let dead = self.master();
        dead.kill();
        self.successor(dead).await
    }

    /// Makes the sentinels promote another server while the old master lives, and returns it.
    pub async fn fail_over(&self) -> &Redis {
        let old = self.master();
        self.sentinels[0].command(&["SENTINEL", "FAILOVER", MASTER]);
        self.successor(old).await
    }

    /// Waits until every sentinel names a master other than this one, and that server agrees.
    pub async fn successor(&self, old: &Redis) -> &Redis {
        let all_say = |port: u16| {
            let asked = self.sentinels.iter().filter(|sentinel| sentinel.id().is_some());
            let mut replies = asked.map(|it| it.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER]));
            replies.all(|reply| reply.lines().nth(1) == Some(&port.to_string()))
        };
        let found = async {
            loop {
                let master = self.master();
                if master.port() != old.port() && all_say(master.port()) && role(master) == Some("master".to_owned()) {
                    return master;
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        within("another master", found).await
    }

    /// Waits until a restarted server is a replica that has caught up.
    pub fn wait_until_replica(&self, server: &Redis) {
        patiently("a replica", || is_in_step(server).then_some(()), || server.log());
    }
}

fn is_in_step(replica: &Redis) -> bool {
    replica.try_command(&["INFO", "replication"]).is_ok_and(|info| info.contains("master_link_status:up"))
}

fn role(server: &Redis) -> Option<String> {
    Some(server.try_command(&["ROLE"]).ok()?.lines().next()?.to_owned())
}

/// The line after the one that contains this name.
fn field<'a>(reply: &'a str, name: &str) -> Option<&'a str> {
    reply.lines().skip_while(|line| *line != name).nth(1)
}
