//! `hookstream dev`: the whole gateway in one process, with a Redis of its own.

use std::path::{Path, PathBuf};

use stream::{Patience, Store};
use tempfile::TempDir;

use crate::{Program, Sender, eventually, free_port};

/// A gateway under test.
#[derive(Debug)]
pub struct Gateway {
    // First, so that it ends before its folder goes.
    pub program: Program,
    pub folder: TempDir,
    pub config: PathBuf,
    pub port: u16,
    pub metrics_port: u16,
    pub store: Store,
    pub redis_url: String,
}

// === impl Gateway ===

impl Gateway {
    /// Starts a gateway with this configuration, and waits until it is ready.
    pub async fn start(config: &str) -> Self {
        Self::start_with(config, &[]).await
    }

    /// The same, with more in its environment.
    pub async fn start_with(config: &str, environment: &[(&str, String)]) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let file = folder.path().join("hookstream.toml");
        std::fs::write(&file, config).expect("the configuration can be written");
        let (port, metrics_port) = (free_port(), free_port());
        let data = folder.path().join("redis");
        let mut all = vec![("PORT", port.to_string()), ("METRICS_PORT", metrics_port.to_string())];
        all.extend(environment.iter().map(|(name, value)| (*name, value.clone())));
        let arguments = ["dev", "--config", text(&file), "--data-dir", text(&data)];
        let mut program = Program::start("hookstream", &arguments, &all, &folder.path().join("gateway.log"));
        ready(&mut program, port).await;
        let redis_port = std::fs::read_to_string(data.join("redis.port")).expect("dev notes its Redis' port");
        let redis_url = format!("redis://127.0.0.1:{redis_port}");
        let store = Store::open(&redis_url, "hs", Patience::Background).expect("a Redis address");
        Self { program, folder, config: file, port, metrics_port, store, redis_url }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sends to this gateway as the provider of an endpoint of its configuration would.
    pub fn sender(&self, endpoint: &str) -> Sender {
        Sender::new(&self.url(), &self.config, endpoint)
    }

    /// A page's status and JSON body.
    pub async fn page(&self, path: &str) -> (u16, serde_json::Value) {
        let answer = reqwest::get(format!("{}{path}", self.url())).await.expect("the gateway answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// The Prometheus page.
    pub async fn prometheus(&self) -> String {
        let page = reqwest::get(format!("http://127.0.0.1:{}/metrics", self.metrics_port)).await;
        page.expect("metrics answer").text().await.expect("metrics are text")
    }
}

/// Waits until the program's `/ready` says yes.
pub(crate) async fn ready(program: &mut Program, port: u16) {
    service::use_tls();
    let url = format!("http://127.0.0.1:{port}/ready");
    let mut over = false;
    eventually("the program is ready", async || {
        over = !program.is_running();
        let ready = reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success());
        (ready || over).then_some(())
    })
    .await;
    assert!(!over, "the program ended at once:\n{}", program.said());
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
