//! A Redis, metrics services on it, and somebody who receives alerts.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{Bytes, Data, post};
use actix_web::{App, HttpResponse, HttpServer};
use serde_json::Value;
use service::{Context, Environment, Live, Meter, Stop};
use stream::{Fsync, PrivateServer};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Place {
    pub(crate) redis: PrivateServer,
    pub(crate) folder: TempDir,
}

/// One metrics service, as `hookstream dev` runs it.
pub(crate) struct Running {
    pub(crate) context: Context,
    address: SocketAddr,
    work: JoinHandle<Result<(), service::Failure>>,
}

/// Takes alerts; answers 500 to the first `refuse`.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    pub(crate) taken: Arc<Mutex<Vec<Value>>>,
    refuse: Arc<Mutex<u32>>,
}

// === impl Place ===

impl Place {
    pub(crate) async fn make() -> Self {
        service::use_tls();
        let folder = tempfile::tempdir().unwrap();
        let redis = PrivateServer::start(&folder.path().join("redis"), Fsync::EverySecond).await.unwrap();
        Self { redis, folder }
    }

    /// A service with this configuration beside its Redis.
    pub(crate) fn context(&self, settings: &str, variables: &[(&str, &str)]) -> Context {
        let file: PathBuf = self.folder.path().join("hookstream.toml");
        std::fs::write(&file, settings).unwrap();
        let mut environment = Environment::default().with("REDIS_URL", self.redis.url());
        environment = environment.with("BIND", "127.0.0.1").with("METRICS_PORT", free_port().to_string());
        for (name, value) in variables {
            environment = environment.with(name, *value);
        }
        let live = Live::load(&file, &environment).unwrap();
        Context::new(metrics::ABOUT, environment, live, Stop::default()).unwrap()
    }

    pub(crate) async fn run(&self, settings: &str, variables: &[(&str, &str)]) -> Running {
        let context = self.context(settings, variables);
        let address = context.listen().unwrap();
        let work = tokio::spawn(metrics::report(context.clone()));
        let running = Running { context, address, work };
        eventually("the service answers", async || running.get("/health").await.is_ok()).await;
        running
    }
}

// === impl Running ===

impl Running {
    /// Status, content type and body.
    pub(crate) async fn get(&self, path: &str) -> Result<(u16, String, String), reqwest::Error> {
        let answer = reqwest::get(format!("http://{}{path}", self.address)).await?;
        let kind =
            answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let (status, kind) = (answer.status().as_u16(), kind.to_owned());
        Ok((status, kind, answer.text().await?))
    }

    pub(crate) async fn page(&self) -> String {
        self.get("/metrics").await.unwrap().2
    }

    /// Counts as another process would.
    pub(crate) async fn count(&self, times: u64, name: &str, labels: &[(&str, &str)]) {
        let meter = Meter::default();
        meter.add(name, labels, times as f64);
        meter.ship(&self.context.store).await;
    }

    pub(crate) async fn stop(self) {
        self.context.stop.now();
        tokio::time::timeout(PATIENCE, self.work).await.expect("it drains").unwrap().unwrap();
    }
}

// === impl Receiver ===

impl Receiver {
    /// Gives the address to send to.
    pub(crate) fn listen(&self, refuse: u32) -> String {
        *self.refuse.lock().unwrap() = refuse;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/alerts", listener.local_addr().unwrap());
        let data = Data::new(self.clone());
        let app = move || App::new().app_data(data.clone()).route("/alerts", post().to(take));
        tokio::spawn(HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run());
        url
    }

    /// Alert and state of each that was taken.
    pub(crate) fn states(&self) -> Vec<(String, String)> {
        let text = |notice: &Value, field: &str| notice[field].as_str().unwrap_or_default().to_owned();
        self.taken
            .lock()
            .unwrap()
            .iter()
            .map(|notice| (text(notice, "alert"), text(notice, "state")))
            .collect()
    }
}

async fn take(receiver: Data<Receiver>, body: Bytes) -> HttpResponse {
    let mut refuse = receiver.refuse.lock().unwrap();
    if *refuse > 0 {
        *refuse -= 1;
        return HttpResponse::InternalServerError().finish();
    }
    receiver.taken.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    HttpResponse::NoContent().finish()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
