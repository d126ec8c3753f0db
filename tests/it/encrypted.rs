//! Redis over TLS: whom we believe, and what is said to an operator when we don't.

use std::time::Duration;

use stream::{Patience, Store};
use tempfile::TempDir;
use tests::{Authority, Fleet, Receiver, RedisNode, RedisServer, Valid, free_port, until};

/// A Redis with a plain port and one for TLS, and the authority that issued its certificate.
struct Encrypted {
    // First, so that it ends before its folder goes.
    redis: RedisServer,
    port: u16,
    authority: Authority,
    _folder: TempDir,
}

// === impl Encrypted ===

impl Encrypted {
    /// Its certificate is for `host`.
    async fn start(host: &str, more: &[&str]) -> Self {
        let (authority, folder, port) = (Authority::new(), TempDir::new().expect("a folder"), free_port());
        authority.issue("redis", host, "root", Valid::Now);
        let mut arguments = tls(&authority, port);
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let redis =
            RedisServer::start("127.0.0.1", free_port(), &folder.path().join("redis"), &arguments).await;
        redis.tell(&["CONFIG", "SET", "requirepass", "hunter2"]).await;
        Self { redis, port, authority, _folder: folder }
    }

    fn url(&self) -> String {
        format!("rediss://:hunter2@localhost:{}", self.port)
    }

    /// From now on it shows the certificate of this name.
    async fn show(&self, name: &str) {
        let file = |ending: &str| self.authority.file(&format!("{name}.{ending}")).display().to_string();
        let (certificate, key) = (file("pem"), file("key"));
        let login = ["-a", "hunter2", "--no-auth-warning"];
        let files = ["CONFIG", "SET", "tls-cert-file", &certificate, "tls-key-file", &key];
        self.redis.tell(&[&login[..], &files].concat()).await;
    }

    /// `ca_file` for this authority.
    fn believed(&self) -> String {
        format!("ca_file = {:?}", self.authority.file("root.pem"))
    }
}

/// A server's arguments for TLS with the certificate `redis`.
fn tls(authority: &Authority, port: u16) -> Vec<String> {
    let file = |name: &str| authority.file(name).display().to_string();
    let mut all = vec!["--tls-port".to_owned(), port.to_string()];
    for (option, name) in [
        ("--tls-cert-file", "redis.pem"),
        ("--tls-key-file", "redis.key"),
        ("--tls-ca-cert-file", "root.pem"),
    ] {
        all.extend([option.to_owned(), file(name)]);
    }
    all.extend(["--tls-auth-clients", "no"].map(str::to_owned));
    all
}

fn config(receiver: &Receiver, redis: &str) -> String {
    format!(
        "[redis]\n{redis}\n[[endpoints]]\nid = \"in\"\nprovider = \"custom\"\nsecrets = [\"encrypted_0123456789\"]\n\
         [[routes]]\nname = \"all\"\nhandler = \"out\"\n[handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\n",
        receiver.url()
    )
}

/// An event goes all the way through services that know Redis by the configuration alone.
async fn walks<R>(fleet: &mut Fleet<R>, receiver: &Receiver) {
    let ingress = fleet.start("ingress").await;
    let _rest = [fleet.start("router").await, fleet.start("worker").await];
    let answer = fleet.sender(&ingress, "in").send(r#"{"type":"thing.made"}"#).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    until("the handler was called", 1, async || receiver.count()).await;
}

fn on<R>(redis: R, receiver: &Receiver, settings: &str) -> Fleet<R> {
    let nobody = Store::open("redis://nobody", "hs", Patience::Background).expect("an address");
    Fleet::on(redis, nobody, &config(receiver, settings))
}

/// What a service says that does not stay up, which never has the password in it.
fn refusal<R>(fleet: &mut Fleet<R>, redis: &str, environment: &[(&str, String)]) -> String {
    let endpoint = std::fs::read_to_string(&fleet.config).expect("a configuration");
    let (_, rest) = endpoint.split_once("[[endpoints]]").expect("an endpoint");
    std::fs::write(&fleet.config, format!("[redis]\n{redis}\n[[endpoints]]{rest}"))
        .expect("it can be written");
    let mut ingress = fleet.launch_with("ingress", environment);
    let ended = ingress.program.wait(Duration::from_secs(30)).expect("it does not stay up");
    let said = ingress.program.said();
    assert_eq!(ended.code(), Some(2), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    said
}

#[tokio::test]
async fn an_event_walks_over_tls_and_whom_we_do_not_believe_is_refused() {
    let receiver = Receiver::start().await;
    let redis = Encrypted::start("localhost", &[]).await;
    let (url, believed) = (redis.url(), redis.believed());
    let system = [("SSL_CERT_FILE", redis.authority.file("root.pem").display().to_string())];
    let (plain, stranger) =
        (redis.redis.url.replace("redis://127.0.0.1", "rediss://localhost"), Authority::new());
    let mut fleet = on(redis, &receiver, &format!("url = {url:?}\n{believed}"));
    walks(&mut fleet, &receiver).await;

    let unknown = refusal(&mut fleet, &format!("url = {url:?}"), &[]);
    assert!(
        unknown.contains("an authority that is not trusted here") && unknown.contains("`ca_file`"),
        "{unknown}"
    );
    let other = format!("url = {url:?}\nca_file = {:?}", stranger.file("root.pem"));
    // `ca_file` alone counts: that the machine trusts the issuer does not help.
    assert!(refusal(&mut fleet, &other, &system).contains("an authority that is not trusted here"));
    let by_address = url.replace("localhost", "127.0.0.1");
    let wrong_name = refusal(&mut fleet, &format!("url = {by_address:?}\n{believed}"), &[]);
    assert!(wrong_name.contains("its certificate is for another host"), "{wrong_name}");
    let not_tls = refusal(&mut fleet, &format!("url = {plain:?}\n{believed}"), &[]);
    assert!(not_tls.contains("it does not speak TLS at this port"), "{not_tls}");

    // What this machine trusts is believed without a word in the file.
    std::fs::write(&fleet.config, config(&receiver, &format!("url = {url:?}"))).expect("it can be written");
    fleet.launch_with("ingress", &system).ready().await;
    let asked = [("REDIS_URL", url), ("SSL_CERT_FILE", stranger.file("root.pem").display().to_string())];
    let listed = tests::run(&["dlq", "list"], &asked).await;
    let said = String::from_utf8_lossy(&listed.stderr).into_owned();
    assert_eq!(listed.status.code(), Some(2), "{said}");
    assert!(said.contains("an authority that is not trusted here") && !said.contains("hunter2"), "{said}");
}

/// Nobody here can mend it, and time will.
#[tokio::test]
async fn an_expired_certificate_is_waited_for_until_there_is_another() {
    let receiver = Receiver::start().await;
    let redis = Encrypted::start("localhost", &[]).await;
    redis.authority.issue("old", "localhost", "root", Valid::LongAgo);
    let settings = format!("url = {:?}\n{}", redis.url(), redis.believed());
    let mut fleet = on(redis, &receiver, &settings);
    fleet.redis.show("old").await;
    let mut ingress = fleet.launch("ingress");
    until("it is told", true, async || ingress.program.said().contains("certificate expired")).await;
    until("it is not ready", 503, async || ingress.readiness().await.0).await;
    fleet.redis.show("redis").await;
    ingress.ready().await;
}

#[tokio::test]
async fn a_redis_that_asks_for_a_certificate_is_shown_ours() {
    let receiver = Receiver::start().await;
    let redis = Encrypted::start("localhost", &["--tls-auth-clients", "yes"]).await;
    redis.authority.issue("ours", "gateway", "root", Valid::Now);
    let file = |name: &str| redis.authority.file(name);
    let without = format!("url = {:?}\n{}", redis.url(), redis.believed());
    let ours = format!("{without}\ncert_file = {:?}\nkey_file = {:?}", file("ours.pem"), file("ours.key"));
    let another = ours.replace("ours.key", "root.key");
    let mut fleet = on(redis, &receiver, &ours);
    walks(&mut fleet, &receiver).await;
    let said = refusal(&mut fleet, &without, &[]);
    assert!(said.contains("it asks for a certificate of ours") && said.contains("`cert_file`"), "{said}");
    let said = refusal(&mut fleet, &another, &[]);
    assert!(said.contains("a certificate or key of ours can't be used"), "{said}");
}

#[tokio::test]
async fn sentinels_and_a_cluster_are_asked_over_tls_too() {
    let (receiver, authority, folder) =
        (Receiver::start().await, Authority::new(), TempDir::new().expect("a folder"));
    authority.issue_for_address("redis", "127.0.0.1", "root");
    let (port, asked) = (free_port(), free_port());
    let bus = free_port().to_string();
    let options = |port, more: &[&str]| {
        let mut options = tls(&authority, port);
        options.extend(more.iter().map(|&option| option.to_owned()));
        options
    };
    let start = async |options: Vec<String>| {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        RedisNode::start(folder.path(), &options).await
    };
    let believed = format!("url = \"rediss://nobody\"\nca_file = {:?}", authority.file("root.pem"));

    let master = start(options(port, &["--tls-replication", "yes"])).await;
    let lines = tls(&authority, asked).chunks(2).fold("tls-replication yes\n".to_owned(), |lines, pair| {
        format!("{lines}{} {}\n", pair[0].trim_start_matches('-'), pair[1])
    });
    let sentinel = RedisNode::sentinel_with(folder.path(), port, &lines).await;
    let sentinels = format!("{believed}\nmaster = \"hooks\"\nsentinel = [\"127.0.0.1:{asked}\"]");
    walks(&mut on((master, sentinel), &receiver, &sentinels), &receiver).await;

    let cluster = ["--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-port", &bus];
    let (other, again) = (free_port(), Receiver::start().await);
    let node = start(options(other, &cluster)).await;
    node.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
    until("its slots are served", true, async || {
        node.ask(&["CLUSTER", "INFO"]).await.contains("cluster_state:ok")
    })
    .await;
    let nodes = format!("{believed}\ncluster = [\"127.0.0.1:{other}\"]\npartitions = 2");
    walks(&mut on(node, &again, &nodes), &again).await;
}
