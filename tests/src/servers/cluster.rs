//! Redis as a cluster.

use std::{process::Command, sync::OnceLock, time::Duration};

use super::{
    Redis,
    cluster_entry::{Entry, entries_of},
    daemon::patiently,
    free_port,
    redis_access::url_of,
    tool,
};
use crate::within;

/// How often a state is polled that nothing notifies of.
const GLANCE: Duration = Duration::from_millis(20);

/// Three masters, each with a replica. A node that is silent for three seconds is considered dead.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Starts six nodes without a password, and waits until all slots are served and all replicas have caught up.
    #[must_use]
    pub fn start() -> Self {
        Self::with_password(None)
    }

    /// The same with a password.
    #[must_use]
    pub fn with_password(password: Option<&str>) -> Self {
        let node = || {
            let mut options = Redis::options();
            options.password = password.map(str::to_owned);
            let settings = format!("cluster-enabled yes\ncluster-node-timeout 3000\ncluster-port {}", free_port());
            options.setting(&settings).start()
        };
        let cluster = Self { nodes: (0..6).map(|_| node()).collect() };
        let mut create = cluster.nodes[0].cli();
        create.args(["--cluster", "create"]).args(cluster.nodes.iter().map(|node| node.address().to_string()));
        tool::run(create.args(["--cluster-replicas", "1", "--cluster-yes"]));
        for node in &cluster.nodes {
            patiently("a node of the cluster", || is_whole_for(node).then_some(()), || node.log());
        }
        cluster
    }

    /// The cluster that all tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<RedisCluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// The cluster's URL, with all nodes and the password.
    #[must_use]
    pub fn url(&self) -> String {
        url_of("cluster", &self.nodes, self.nodes[0].password())
    }

    /// The nodes, masters and replicas.
    #[must_use]
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// The nodes that are masters now.
    #[must_use]
    pub fn masters(&self) -> Vec<&Redis> {
        self.entries().iter().filter(|entry| entry.serves()).map(|entry| self.node(entry.port)).collect()
    }

    /// The master that has this key.
    #[must_use]
    pub fn owner_of(&self, key: &str) -> &Redis {
        let slot = self.slot_of(key);
        let entries = self.entries();
        let owner = entries.iter().find(|entry| entry.serves() && entry.has(slot));
        self.node(owner.unwrap_or_else(|| panic!("no node has slot {slot}: {entries:?}")).port)
    }

    /// The slot of a key.
    #[must_use]
    pub fn slot_of(&self, key: &str) -> u16 {
        self.witness().command(&["CLUSTER", "KEYSLOT", key]).parse().expect("a slot")
    }

    /// A node's id in the cluster.
    #[must_use]
    pub fn id_of(&self, node: &Redis) -> String {
        node.command(&["CLUSTER", "MYID"])
    }

    /// Sends a command to the node that has its key.
    pub fn command(&self, words: &[&str]) -> String {
        tool::run(self.witness().cli().args(["-c", "-e"]).args(words))
    }

    /// Moves slots, with the keys in them, from the master that has most to the one that has fewest, while the cluster
    /// serves.
    pub async fn reshard(&self, slots: usize) {
        let entries = self.entries();
        let masters = || entries.iter().filter(|entry| entry.serves());
        let from = masters().max_by_key(|entry| entry.count()).expect("a master");
        let to =
            masters().filter(|entry| entry.id != from.id).min_by_key(|entry| entry.count()).expect("another master");
        let mut reshard: Command = self.witness().cli();
        reshard.args(["--cluster", "reshard", &self.witness().address().to_string(), "--cluster-yes"]);
        reshard.args(["--cluster-from", &from.id, "--cluster-to", &to.id, "--cluster-slots", &slots.to_string()]);
        let moved = tokio::task::spawn_blocking(move || tool::output(&mut reshard)).await.expect("redis-cli ends");
        moved.unwrap_or_else(|failure| panic!("{failure}"));
        self.settled().await;
    }

    /// Kills the master that has this key, waits until its replica has taken over, and returns the replica. The dead
    /// node can be started again, and becomes a replica.
    pub async fn kill_owner_of(&self, key: &str) -> &Redis {
        let (slot, dead) = (self.slot_of(key), self.owner_of(key));
        dead.kill();
        let successor = async {
            loop {
                let heir = self.entries().into_iter().find(|it| it.serves() && it.has(slot) && it.port != dead.port());
                if let Some(heir) = heir {
                    return self.node(heir.port);
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        let successor = within("a replica that takes over", successor).await;
        self.settled().await;
        successor
    }

    /// Waits until all running nodes report that the cluster serves, and agree on which node has which slots.
    pub async fn settled(&self) {
        let settled = async {
            while !self.agree() {
                tokio::time::sleep(GLANCE).await;
            }
        };
        within("a cluster that agrees", settled).await;
    }

    fn agree(&self) -> bool {
        let views = self.running().map(|node| {
            let mut slots: Vec<_> =
                entries_of(node).into_iter().filter(Entry::serves).map(|it| (it.port, it.slots)).collect();
            slots.sort();
            (slots, node.command(&["CLUSTER", "INFO"]).contains("cluster_state:ok"))
        });
        let views: Vec<_> = views.collect();
        views.iter().all(|view| view.1 && view.0 == views[0].0)
    }

    fn entries(&self) -> Vec<Entry> {
        entries_of(self.witness())
    }

    fn running(&self) -> impl Iterator<Item = &Redis> {
        self.nodes.iter().filter(|node| node.id().is_some())
    }

    /// A node to ask.
    fn witness(&self) -> &Redis {
        self.running().next().expect("a running node")
    }

    fn node(&self, port: u16) -> &Redis {
        self.nodes.iter().find(|node| node.port() == port).expect("one of our nodes")
    }
}

fn is_whole_for(node: &Redis) -> bool {
    let is_in_step = || {
        let info = node.command(&["INFO", "replication"]);
        info.contains("role:master") || info.contains("master_link_status:up")
    };
    let is_known = || {
        let entries = entries_of(node);
        entries.len() == 6 && entries.iter().filter(|it| it.serves()).count() == 3 && count_masters(&entries) == 3
    };
    node.command(&["CLUSTER", "INFO"]).contains("cluster_state:ok") && is_known() && is_in_step()
}

/// Including those without slots: a node that is to become a replica is a master first.
fn count_masters(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| entry.is_master).count()
}
