//! A Redis master with a replica, and three sentinels that watch over them.

use stream::{Patience, Servers, Store};
use tempfile::TempDir;

use crate::{RedisNode, until};

/// They call their master `hooks`.
#[derive(Debug)]
pub struct Sentinels {
    // First, so that they end before their folder goes.
    pub sentinels: Vec<RedisNode>,
    pub master: RedisNode,
    pub replica: RedisNode,
    _folder: TempDir,
}

// === impl Sentinels ===

impl Sentinels {
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let master = RedisNode::start(folder.path(), &[]).await;
        let port = master.port.to_string();
        let replica = RedisNode::start(folder.path(), &["--replicaof", "127.0.0.1", &port]).await;
        until("the replica follows", true, async || {
            replica.ask(&["INFO", "replication"]).await.contains("master_link_status:up")
        })
        .await;
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            sentinels.push(RedisNode::sentinel(folder.path(), master.port).await);
        }
        let all = Self { sentinels, master, replica, _folder: folder };
        for sentinel in &all.sentinels {
            until("the sentinels know each other and the replica", true, async || {
                let info = sentinel.ask(&["INFO", "sentinel"]).await;
                info.contains("status=ok") && info.contains("slaves=1,sentinels=3")
            })
            .await;
        }
        all
    }

    pub fn addresses(&self) -> Vec<String> {
        self.sentinels.iter().map(RedisNode::address).collect()
    }

    pub fn store(&self) -> Store {
        let servers = Servers::Sentinel {
            url: "redis://nobody".to_owned(),
            sentinels: self.addresses(),
            master: "hooks".to_owned(),
        };
        Store::open(servers, "hs", Patience::Background).expect("an address")
    }
}
