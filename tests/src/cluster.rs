//! A real Redis Cluster of three masters.

use std::process::Stdio;

use stream::{Patience, Servers, Store};
use tempfile::TempDir;

use crate::{RedisNode, free_port, until};

/// Three masters on loopback, without replicas.
#[derive(Debug)]
pub struct Cluster {
    // First, so that they end before their folder goes.
    pub nodes: Vec<RedisNode>,
    _folder: TempDir,
}

// === impl Cluster ===

impl Cluster {
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let mut nodes = Vec::new();
        for _ in 0..3 {
            let bus = free_port().to_string();
            let options =
                ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", &bus];
            nodes.push(RedisNode::start(folder.path(), &options).await);
        }
        let mut create = tokio::process::Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(nodes.iter().map(RedisNode::address)).arg("--cluster-yes");
        let made = create.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("redis-cli runs");
        assert!(made.status.success(), "{made:?}");
        let cluster = Self { nodes, _folder: folder };
        cluster.whole().await;
        cluster
    }

    /// Waits until every node sees every slot served.
    pub async fn whole(&self) {
        for node in &self.nodes {
            until("the node sees a whole cluster", true, async || {
                node.ask(&["CLUSTER", "INFO"]).await.contains("cluster_state:ok")
            })
            .await;
        }
    }

    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(RedisNode::address).collect()
    }

    /// As a program with `partitions` sees it that was told of one node.
    pub fn store(&self, partitions: u16) -> Store {
        let servers =
            Servers::Cluster { url: "redis://nobody".to_owned(), nodes: vec![self.nodes[1].address()] };
        Store::spread_over(partitions, servers, "hs", Patience::Background).expect("an address")
    }

    /// The place among the nodes of the one that has this key.
    pub async fn owner(&self, key: &str) -> usize {
        let slot = self.nodes[0].ask(&["CLUSTER", "KEYSLOT", key]).await;
        for (place, node) in self.nodes.iter().enumerate() {
            // Nobody else has any of them.
            if node.ask(&["CLUSTER", "COUNTKEYSINSLOT", &slot]).await != "0" {
                return place;
            }
        }
        panic!("nobody has {key}");
    }

    /// Moves the slot of a key, with all that is in it, to another node, as `redis-cli --cluster reshard` does.
    pub async fn move_slot(&self, key: &str, to: usize) {
        let from = &self.nodes[self.owner(key).await];
        let to = &self.nodes[to];
        let (giver, taker) = (from.ask(&["CLUSTER", "MYID"]).await, to.ask(&["CLUSTER", "MYID"]).await);
        let slot = from.ask(&["CLUSTER", "KEYSLOT", key]).await;
        to.ask(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &giver]).await;
        from.ask(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &taker]).await;
        let port = to.port.to_string();
        loop {
            let keys = from.ask(&["CLUSTER", "GETKEYSINSLOT", &slot, "50"]).await;
            if keys.is_empty() {
                break;
            }
            let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
            migrate.extend(keys.lines());
            from.ask(&migrate).await;
        }
        for node in [to, from].into_iter().chain(&self.nodes) {
            node.ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &taker]).await;
        }
    }
}
