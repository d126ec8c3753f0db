//! A Redis that answers, but not as one would like: what `/ready` says, and that it passes without a restart of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use stream::Fsync;
use tests::{Fleet, Member, Receiver, RedisServer, eventually, free_port, idle, until};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{ENDPOINT, retry_after, route, send, times};

async fn fleet() -> Fleet {
    Fleet::prepare(ENDPOINT, &[]).await
}

/// An ingress on a Redis of a test's own.
fn on(fleet: &mut Fleet, url: &str) -> Member {
    fleet.launch_with("ingress", &[("REDIS_URL", url.to_owned())])
}

/// Waits until `/ready` refuses with these words, and a sender is told to come back.
async fn takes_nothing(fleet: &Fleet, ingress: &Member, words: &str) {
    eventually(words, async || {
        let (status, problem) = ingress.readiness().await;
        (status == 503 && problem["detail"].as_str()?.contains(words)).then_some(())
    })
    .await;
    let answer = send(&fleet.sender(ingress, "in"), 0).await;
    assert_eq!((answer.status, answer.code()), (503, "queue_unavailable"), "{words}");
    assert!(retry_after(&answer) > 0);
}

async fn takes_events(fleet: &Fleet, ingress: &mut Member) {
    ingress.ready().await;
    assert_eq!(send(&fleet.sender(ingress, "in"), 1).await.status, 200);
}

#[tokio::test]
async fn the_first_request_after_a_restart_of_redis_is_answered_as_any_other() {
    let mut fleet = fleet().await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    for round in 0..3 {
        // On both threads: each has a connection of its own, and each will find it broken.
        for n in 0..6 {
            assert_eq!(send(&sender, 10 * round + n).await.status, 200);
        }
        fleet.redis.kill().await.expect("Redis is killed");
        if round == 1 {
            assert_eq!(send(&sender, 99).await.status, 503);
        }
        fleet.redis.revive(Fsync::EverySecond).await.expect("Redis is back");
        for n in 6..9 {
            assert_eq!(send(&sender, 10 * round + n).await.status, 200, "round {round}, request {n}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_and_its_mending_noticed() {
    let mut fleet = fleet().await;
    let (port, folder) = (free_port(), fleet.folder.path().join("own"));
    let redis = RedisServer::start("127.0.0.1", port, &folder, &["--appendonly", "yes"]).await;
    redis.tell(&["ACL", "SETUSER", "gateway", "on", ">right", "~*", "&*", "+@all"]).await;
    let mut ingress = on(&mut fleet, &format!("redis://gateway:wrong@127.0.0.1:{port}/1"));
    takes_nothing(&fleet, &ingress, "does not let us in").await;
    assert!(!ingress.program.said().contains("wrong"), "{}", ingress.program.said());
    redis.tell(&["ACL", "SETUSER", "gateway", ">wrong"]).await;
    takes_events(&fleet, &mut ingress).await;
}

#[tokio::test]
async fn a_redis_that_loads_its_data_is_waited_for() {
    let mut fleet = fleet().await;
    let (port, folder) = (free_port(), fleet.folder.path().join("own"));
    {
        let redis =
            RedisServer::start("127.0.0.1", port, &folder, &["--enable-debug-command", "local"]).await;
        redis.tell(&["DEBUG", "POPULATE", "400"]).await;
        redis.tell(&["SAVE"]).await;
    }
    // 400 keys of 10 ms each.
    let slowly = ["--key-load-delay", "10000", "--loading-process-events-interval-bytes", "1024"];
    let _redis = RedisServer::launch("127.0.0.1", port, &folder, &slowly);
    let mut ingress = on(&mut fleet, &format!("redis://127.0.0.1:{port}/1"));
    takes_nothing(&fleet, &ingress, "loading").await;
    takes_events(&fleet, &mut ingress).await;
}

#[tokio::test]
async fn a_redis_that_cannot_write_to_its_disk_is_told() {
    let mut fleet = fleet().await;
    let (port, folder) = (free_port(), fleet.folder.path().join("own"));
    let changeable = ["--enable-protected-configs", "local"];
    let redis = RedisServer::start("127.0.0.1", port, &folder, &changeable).await;
    let mut ingress = on(&mut fleet, &redis.url);
    takes_events(&fleet, &mut ingress).await;
    let gone = fleet.folder.path().join("gone");
    std::fs::create_dir(&gone).expect("a folder");
    redis.tell(&["CONFIG", "SET", "dir", gone.to_str().expect("plain")]).await;
    redis.tell(&["CONFIG", "SET", "save", "3600 1"]).await;
    std::fs::remove_dir(&gone).expect("the folder goes");
    redis.tell(&["BGSAVE"]).await;
    takes_nothing(&fleet, &ingress, "can't write to its disk").await;
    redis.tell(&["CONFIG", "SET", "stop-writes-on-bgsave-error", "no"]).await;
    takes_events(&fleet, &mut ingress).await;
}

/// One address, as of a load balancer or a service's name: whoever connects comes to the server of the moment, and stays
/// there.
struct Address {
    port: u16,
    leads_to: Arc<AtomicU16>,
    _carrying: JoinSet<()>,
}

impl Address {
    async fn of(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
        let port = listener.local_addr().expect("bound").port();
        let leads_to = Arc::new(AtomicU16::new(server));
        let mut carrying = JoinSet::new();
        let moment = leads_to.clone();
        carrying.spawn(async move {
            let mut wires = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let server = moment.load(Ordering::SeqCst);
                wires.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { port, leads_to, _carrying: carrying }
    }
}

#[tokio::test]
async fn a_master_that_became_a_replica_is_left_for_whom_its_address_leads_to() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&format!("{ENDPOINT}{}", route(&receiver)), &[]).await;
    let (first, second, own) = (free_port(), free_port(), fleet.folder.path().to_owned());
    let old = RedisServer::start("127.0.0.1", first, &own.join("old"), &["--appendonly", "yes"]).await;
    let follow = ["--appendonly", "yes", "--replicaof", "127.0.0.1", &first.to_string()];
    let new = RedisServer::start("127.0.0.1", second, &own.join("new"), &follow).await;
    until("the replica follows", true, async || {
        new.tell(&["INFO", "replication"]).await.contains("master_link_status:up")
    })
    .await;
    let address = Address::of(first).await;
    let url = [("REDIS_URL", format!("redis://127.0.0.1:{}", address.port))];
    let mut running = ["ingress", "router", "worker"].map(|service| fleet.launch_with(service, &url));
    for member in &mut running {
        member.ready().await;
    }
    let sender = fleet.sender(&running[0], "in");
    for n in 0..5 {
        assert_eq!(send(&sender, n).await.status, 200);
    }
    until("each is delivered", 5, async || times(&receiver).len()).await;
    // The old master is demoted, and goes on answering on connections that stay as they are.
    old.tell(&["REPLICAOF", "127.0.0.1", &second.to_string()]).await;
    takes_nothing(&fleet, &running[0], "replica").await;
    new.tell(&["REPLICAOF", "NO", "ONE"]).await;
    address.leads_to.store(second, Ordering::SeqCst);
    for member in &mut running {
        member.ready().await;
    }
    for n in 5..10 {
        until("events are taken again", 200, async || send(&sender, n).await.status).await;
    }
    until("each is delivered", 10, async || times(&receiver).len()).await;
    let store = stream::Store::open(&new.url, "hs", stream::Patience::Background).expect("an address");
    idle(&store).await;
    assert!(old.tell(&["INFO", "replication"]).await.contains("role:slave"), "it was there all the time");
}
