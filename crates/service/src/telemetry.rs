//! Logs (to the terminal and to a file) and traces.

use std::fs::OpenOptions;
use std::io::IsTerminal;
use std::sync::Mutex;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use settings::Settings;
use tracing::Subscriber;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::{Environment, Failure};

/// Keeps traces going out; the last are sent by [`Telemetry::finish`].
#[derive(Debug, Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

type BoxedLayer<S> = Box<dyn Layer<S> + Send + Sync>;

// === impl Telemetry ===

impl Telemetry {
    /// `name` is the service's name in traces.
    ///
    /// # Errors
    /// The log file can't be written, or a level can't be understood.
    pub fn start(name: &str, environment: &Environment, settings: &Settings) -> Result<Self, Failure> {
        let pretty = is_pretty(environment, settings)?;
        let mut logs: Vec<BoxedLayer<Registry>> =
            vec![lines(std::io::stderr, pretty, pretty && colours(environment))];
        let file = environment.get("LOG_FILE").map(Into::into).or_else(|| settings.logging.file.clone());
        if let Some(file) = file {
            let opened = OpenOptions::new().create(true).append(true).open(&file);
            let opened = opened.map_err(|error| {
                Failure::Usage(format!("can't write the log file {} (LOG_FILE): {error}", file.display()))
            })?;
            logs.push(file_lines(Mutex::new(opened), pretty));
        }
        let logs = logs.with_filter(levels(environment, settings)?);
        let traces = traces(name, environment);
        // Whoever wants fewer log lines does not want holes in the traces.
        let spans = traces.as_ref().map(|provider| {
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("hookstream"));
            layer.with_filter(LevelFilter::INFO)
        });
        tracing_subscriber::registry().with(logs).with(spans).try_init().ok();
        Ok(Self { traces })
    }

    /// Sends the last traces.
    pub fn finish(self) {
        if let Some(Err(error)) = self.traces.map(|traces| traces.shutdown()) {
            tracing::warn!(%error, "the last traces were not taken");
        }
    }
}

fn is_pretty(environment: &Environment, settings: &Settings) -> Result<bool, Failure> {
    match environment.get("LOG_FORMAT").or_else(|| settings.logging.format.clone()).as_deref() {
        None => Ok(std::io::stderr().is_terminal()),
        Some("pretty") => Ok(true),
        Some("json") => Ok(false),
        Some(other) => Err(Failure::Usage(format!("LOG_FORMAT is `{other}`; expected pretty or json"))),
    }
}

/// Log lines: time, level, module, message and fields.
fn lines<S, W>(writer: W, pretty: bool, colour: bool) -> BoxedLayer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_ansi(colour);
    if pretty { lines.boxed() } else { lines.json().flatten_event(true).boxed() }
}

/// The same for a file: never coloured.
fn file_lines<S, W>(writer: W, pretty: bool) -> BoxedLayer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer).with_ansi(false);
    if pretty {
        lines.fmt_fields(Plain(DefaultFields::new())).boxed()
    } else {
        lines.json().flatten_event(true).boxed()
    }
}

/// A span's fields are written once for all layers whose formatter is of one type: with a type of its own, the file
/// does not get those that were coloured for the terminal.
struct Plain(DefaultFields);

impl<'w> FormatFields<'w> for Plain {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> std::fmt::Result {
        self.0.format_fields(writer, fields)
    }
}

/// <https://no-color.org>
fn colours(environment: &Environment) -> bool {
    environment.get("NO_COLOR").is_none() && std::io::stderr().is_terminal()
}

/// `RUST_LOG` decides alone where it is set; else `LOG_LEVEL`, or the file's level, with the file's modules.
fn levels(environment: &Environment, settings: &Settings) -> Result<EnvFilter, Failure> {
    let directives = match environment.get("RUST_LOG") {
        Some(directives) => directives,
        None => {
            let mut directives = level(environment, settings)?;
            // The web server's own start and stop are told by our lines.
            directives.push_str(",actix_server=warn");
            for (module, level) in &settings.logging.modules {
                directives.push_str(&format!(",{module}={level},hookstream_{module}={level}"));
            }
            directives
        }
    };
    EnvFilter::try_new(&directives).map_err(|error| {
        Failure::Usage(format!(
            "the log level `{directives}` (LOG_LEVEL, RUST_LOG, [logging]) is not understood: {error}"
        ))
    })
}

/// Checked here: among directives, a word that is no level would be taken for a module's name.
fn level(environment: &Environment, settings: &Settings) -> Result<String, Failure> {
    let Some(level) = environment.get("LOG_LEVEL") else {
        return Ok(settings.logging.level.clone().unwrap_or_else(|| "info".to_owned()));
    };
    if level.parse::<LevelFilter>().is_err() {
        return Err(Failure::Usage(format!(
            "LOG_LEVEL is `{level}`; expected error, warn, info, debug, trace or off (levels by module go into RUST_LOG, or [logging] modules)"
        )));
    }
    Ok(level)
}

/// Traces go out where the standard variables say so: <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.
fn traces(name: &str, environment: &Environment) -> Option<SdkTracerProvider> {
    let wanted = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    if !wanted.iter().any(|variable| environment.get(variable).is_some()) {
        return None;
    }
    crate::use_tls();
    let exporter = SpanExporter::builder().with_http().build();
    match exporter {
        Ok(exporter) => {
            let mut resource = Resource::builder();
            if environment.get("OTEL_SERVICE_NAME").is_none() {
                resource = resource.with_service_name(name.to_owned());
            }
            Some(
                SdkTracerProvider::builder()
                    .with_batch_exporter(exporter)
                    .with_resource(resource.build())
                    .build(),
            )
        }
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "logs are not up yet")]
            {
                eprintln!("traces are off: {error}");
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn a_file_has_no_colours_though_the_terminal_has() {
        let (terminal, file) = (Kept::default(), Kept::default());
        let (to_terminal, to_file) = (terminal.clone(), file.clone());
        let logs: Vec<BoxedLayer<Registry>> =
            vec![lines(move || to_terminal.clone(), true, true), file_lines(move || to_file.clone(), true)];
        tracing::subscriber::with_default(tracing_subscriber::registry().with(logs), || {
            tracing::info_span!("accept", endpoint = "in").in_scope(|| tracing::info!(n = 1, "accepted"));
        });
        assert!(terminal.text().contains('\u{1b}'));
        let kept = file.text();
        assert!(kept.contains("accept{endpoint=\"in\"}") && kept.contains("accepted n=1"), "{kept}");
        assert!(!kept.contains('\u{1b}'), "{kept:?}");
    }
}
