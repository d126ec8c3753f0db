//! A real Prometheus, with the configuration of `deploy/prometheus`.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Program, eventually, free_port, repository};

/// Scrapes one metrics service, several times a second.
#[derive(Debug)]
pub struct Prometheus {
    _program: Program,
    port: u16,
    _folder: TempDir,
}

/// A series' labels but `instance` and `job`, and its value.
pub type Series = (BTreeMap<String, String>, f64);

// === impl Prometheus ===

impl Prometheus {
    pub async fn start(metrics_port: u16) -> Self {
        service::use_tls();
        let folder = TempDir::new().expect("a folder can be made");
        let deploy = repository().join("deploy/prometheus");
        let config =
            std::fs::read_to_string(deploy.join("prometheus.yml")).expect("deploy/prometheus has it");
        assert!(config.contains("metrics:9090") && config.contains("_interval: 15s"), "{config}");
        let config = config
            .replace("metrics:9090", &format!("127.0.0.1:{metrics_port}"))
            .replace("_interval: 15s", "_interval: 300ms");
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config).expect("the configuration can be written");
        std::fs::copy(deploy.join("alerts.yml"), folder.path().join("alerts.yml"))
            .expect("the rules are there");
        let port = free_port();
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let program = Program::spawn(command, &folder.path().join("prometheus.log"));
        let prometheus = Self { _program: program, port, _folder: folder };
        eventually("Prometheus is ready", async || {
            prometheus.get("/-/ready", &[]).await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        prometheus
    }

    /// What an expression gives now.
    pub async fn query(&self, expression: &str) -> Vec<Series> {
        let answer = self.get("/api/v1/query", &[("query", expression)]).await.expect("Prometheus answers");
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        let found = answer["data"]["result"].as_array().expect("a list of series");
        found.iter().map(series).collect()
    }

    /// The one number that an expression gives; none if it gives no series, or several.
    pub async fn number(&self, expression: &str) -> Option<f64> {
        match &self.query(expression).await[..] {
            [(_, value)] => Some(*value),
            _ => None,
        }
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let url = reqwest::Url::parse_with_params(&url, query).expect("an address");
        reqwest::Client::new().get(url).send().await
    }
}

fn series(found: &Value) -> Series {
    let labels = found["metric"].as_object().into_iter().flatten();
    let labels = labels
        .filter(|(name, _)| !matches!(name.as_str(), "instance" | "job" | "__name__"))
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let value = found["value"][1].as_str().and_then(|value| value.parse().ok());
    (labels.collect(), value.expect("a number"))
}
