//! The separate programs, as many of each as wanted, on one Redis: a single server unless another was chosen.

use std::path::PathBuf;

use stream::{Fsync, Patience, PrivateServer, Store};
use tempfile::TempDir;

use crate::gateway::{ready, text};
use crate::{Program, Sender, free_port};

/// Several processes on one Redis.
#[derive(Debug)]
pub struct Fleet<R = PrivateServer> {
    pub redis: R,
    pub store: Store,
    pub folder: TempDir,
    pub config: PathBuf,
    environment: Vec<(String, String)>,
    started: usize,
}

/// One of them.
#[derive(Debug)]
pub struct Member {
    pub program: Program,
    pub port: u16,
}

// === impl Fleet ===

impl Fleet {
    /// A Redis and a configuration; no program yet.
    pub async fn prepare(config: &str, environment: &[(&str, String)]) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond)
            .await
            .expect("Redis starts");
        let store = Store::open(&redis.url(), "hs", Patience::Background).expect("a Redis address");
        let url = redis.url();
        let mut fleet = Self::of((redis, store), folder, config, environment);
        fleet.environment.push(("REDIS_URL".to_owned(), url));
        fleet
    }
}

impl<R> Fleet<R> {
    /// On servers that the configuration names.
    pub fn on(redis: R, store: Store, config: &str) -> Self {
        Self::of((redis, store), TempDir::new().expect("a folder can be made"), config, &[])
    }

    fn of((redis, store): (R, Store), folder: TempDir, config: &str, environment: &[(&str, String)]) -> Self {
        let file = folder.path().join("hookstream.toml");
        std::fs::write(&file, config).expect("the configuration can be written");
        let environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Self { redis, store, folder, config: file, environment, started: 0 }
    }

    /// Starts `hookstream-<service>` and waits until it is ready.
    pub async fn start(&mut self, service: &str) -> Member {
        let mut member = self.launch(service);
        ready(&mut member.program, member.port).await;
        member
    }

    /// Starts it without waiting.
    pub fn launch(&mut self, service: &str) -> Member {
        self.launch_with(service, &[])
    }

    /// The same with more in its environment.
    pub fn launch_with(&mut self, service: &str, environment: &[(&str, String)]) -> Member {
        self.launch_program(&format!("hookstream-{service}"), environment)
    }

    /// Starts a program that takes a service's flags and environment, such as `examples/custom_handler`.
    pub async fn start_program(&mut self, name: &str) -> Member {
        let mut member = self.launch_program(name, &[]);
        ready(&mut member.program, member.port).await;
        member
    }

    fn launch_program(&mut self, name: &str, more: &[(&str, String)]) -> Member {
        let port = free_port();
        self.started += 1;
        let mut environment = vec![
            ("PORT", port.to_string()),
            ("METRICS_PORT", port.to_string()),
            ("BIND", "127.0.0.1".to_owned()),
        ];
        environment.extend(self.environment.iter().map(|(name, value)| (name.as_str(), value.clone())));
        environment.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        let log = self.folder.path().join(format!("{}-{}.log", name.replace('/', "-"), self.started));
        let program = Program::start(name, &["--config", text(&self.config)], &environment, &log);
        Member { program, port }
    }

    /// Sends to one of the fleet's ingresses.
    pub fn sender(&self, ingress: &Member, endpoint: &str) -> Sender {
        Sender::new(&ingress.url(), &self.config, endpoint)
    }
}

// === impl Member ===

impl Member {
    /// Waits until it is ready.
    pub async fn ready(&mut self) {
        ready(&mut self.program, self.port).await;
    }

    /// What `/ready` answers.
    pub async fn readiness(&self) -> (u16, serde_json::Value) {
        service::use_tls();
        match reqwest::get(format!("{}/ready", self.url())).await {
            Ok(answer) => (answer.status().as_u16(), answer.json().await.unwrap_or_default()),
            Err(_) => (0, serde_json::Value::Null),
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
