//! A real OpenTelemetry collector, which tells what spans it took.

use std::process::Command;

use tempfile::TempDir;

use crate::{Program, eventually, free_port, repository};

/// rotel, taking OTLP over HTTP.
#[derive(Debug)]
pub struct Collector {
    program: Program,
    port: u16,
    _folder: TempDir,
}

/// One span, as the collector understood it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    pub service: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty for the first of a trace.
    pub parent: String,
}

// === impl Collector ===

impl Collector {
    pub async fn start() -> Self {
        service::use_tls();
        let folder = TempDir::new().expect("a folder can be made");
        let (http, grpc) = (free_port(), free_port());
        let mut command = Command::new(repository().join("target/tools/bin/rotel"));
        command.args(["start", "--exporter", "blackhole", "--debug-log", "traces"]);
        command.args(["--debug-log-verbosity", "detailed"]);
        command.args(["--otlp-http-endpoint", &format!("127.0.0.1:{http}")]);
        command.args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc}")]);
        let program = Program::spawn(command, &folder.path().join("collector.log"));
        let collector = Self { program, port: http, _folder: folder };
        eventually("the collector listens", async || reqwest::get(collector.url()).await.ok()).await;
        collector
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every span taken so far.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut service = String::new();
        for line in self.program.said().lines() {
            if line.starts_with("Span #") {
                spans.push(Span { service: service.clone(), ..Span::default() });
            }
            if let Some((_, name)) = line.split_once("-> service.name: Str(") {
                service = name.trim_end_matches(')').to_owned();
            }
            let (Some(span), Some((name, value))) = (spans.last_mut(), line.split_once(':')) else {
                continue;
            };
            let place = match name.trim() {
                "Trace ID" => &mut span.trace,
                "Parent ID" => &mut span.parent,
                "ID" => &mut span.id,
                "Name" => &mut span.name,
                _ => continue,
            };
            value.trim().clone_into(place);
        }
        spans
    }
}
