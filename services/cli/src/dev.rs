//! `hookstream dev`: ingress, router, worker and metrics in this process, on a Redis of its own.

mod demo;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use service::{About, Context, Environment, Failure, Live, Options, Stop, Telemetry};
use stream::{Fsync, PrivateServer, PrivateServerError};

use crate::Ended;
use crate::output::{complain, say};

/// Everything in one process
#[derive(Debug, clap::Args)]
#[command(mut_arg("bind", |bind| bind.help("Address to listen on [default: $BIND, or 127.0.0.1]")))]
#[command(mut_arg("port", |port| port.help("Port for webhooks [default: $PORT, or the file's, or 5000]")))]
pub(crate) struct Dev {
    #[command(flatten)]
    options: Options,
    /// Where the private Redis keeps its data
    #[arg(long, value_name = "FOLDER", default_value = ".hookstream")]
    data_dir: PathBuf,
    /// Send one really signed webhook of each kind, and show what became of each
    #[arg(long)]
    demo: bool,
    /// With --demo: stop afterwards; exit code 0 only if each became what it should
    #[arg(long, requires = "demo")]
    exit: bool,
}

const DEV: About = About {
    name: "dev",
    program: "hookstream dev",
    port: 5000,
    port_variable: "PORT",
    does: "Everything in one process",
};

// === impl Dev ===

impl Dev {
    pub(crate) fn run(self) -> Ended {
        let environment = Environment::under(&self.options, DEV.port_variable);
        let file = environment.config(&self.options);
        if !file.exists() {
            return Err(Failure::Usage(format!(
                "there is no {} here: run this in Hookstream's folder, or name a configuration with --config",
                file.display()
            )));
        }
        // Wrong settings are told before anything starts; Redis' address comes with the server below.
        Live::load(&file, &environment).map_err(Failure::Settings)?;
        service::runtime()?.block_on(self.start(&file, environment))
    }

    async fn start(self, file: &Path, environment: Environment) -> Ended {
        let stop = Stop::on_signals()?;
        let private = match environment.get("REDIS_URL") {
            Some(_) => None,
            None => Some(self.private_redis().await?),
        };
        // Admin lets loopback in, and the demo's secrets are public: nobody else on the network is served.
        let bind = environment.get("BIND").unwrap_or_else(|| "127.0.0.1".to_owned());
        let mut environment = environment.with("BIND", bind);
        if let Some(server) = &private {
            environment = environment.with("REDIS_URL", server.url());
        }
        let ended = self.serve(file, environment, stop).await;
        if let Some(server) = private {
            server.stop().await;
        }
        ended
    }

    async fn private_redis(&self) -> Result<PrivateServer, Failure> {
        let started = PrivateServer::start(&self.data_dir, Fsync::EverySecond).await;
        let server = started.map_err(|error| match error {
            PrivateServerError::Taken { .. } | PrivateServerError::Folder { .. } => {
                Failure::Usage(format!("{error}. Another folder is chosen with --data-dir."))
            }
            error => Failure::Unreachable(error.to_string()),
        })?;
        complain(format_args!(
            "Redis: {} (append-only in {}; synced each second: if Redis or the machine dies, the last two seconds may go with it)",
            server.url(),
            self.data_dir.display()
        ));
        if server.cut_off() > 0 {
            complain(format_args!(
                "Redis: it was killed while it wrote; {} bytes, a transaction that it had not finished, were taken off the end of its file",
                server.cut_off()
            ));
        }
        Ok(server)
    }

    async fn serve(&self, file: &Path, environment: Environment, stop: Stop) -> Ended {
        let live = Live::load(file, &environment).map_err(Failure::Settings)?;
        // The exporter's client must not be made inside the runtime.
        let telemetry = {
            let (environment, settings) = (environment.clone(), live.keep());
            let started =
                tokio::task::spawn_blocking(move || Telemetry::start("hookstream", &environment, &settings));
            started.await.map_err(|error| Failure::Usage(error.to_string()))??
        };
        let mut context = Context::new(DEV, environment, live, stop)?;
        context.local = true;
        let mut good = true;
        service::attend(context, async |context| {
            tokio::try_join!(services(&context), async {
                good = self.demonstrate(&context).await?;
                Ok(())
            })
            .map(|_| ())
        })
        .await?;
        tokio::task::spawn_blocking(|| telemetry.finish()).await.ok();
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The demo, where it is wanted. False: something did not become what it should.
    async fn demonstrate(&self, context: &Context) -> Result<bool, Failure> {
        if !self.demo {
            say(places(context)?);
            return Ok(true);
        }
        let good = demo::run(context).await?;
        if self.exit {
            context.stop.now();
        } else {
            say(places(context)?);
            say(demo::next(Context { about: ingress::ABOUT, ..context.clone() }.listen()?));
        }
        Ok(good)
    }
}

/// The same libraries as the separate programs.
async fn services(context: &Context) -> Result<(), Failure> {
    let as_service = |about: About| Context { about, ..context.clone() };
    let archive = async {
        match context.environment.get("DATABASE_URL") {
            Some(_) => archiver::archive(as_service(archiver::ABOUT)).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(
        ingress::accept(as_service(ingress::ABOUT)),
        router::route(as_service(router::ABOUT)),
        worker::work(as_service(worker::ABOUT), worker::Registry::default()),
        metrics::report(as_service(metrics::ABOUT)),
        archive,
    )
    .map(|_| ())
}

/// Where everything is.
fn places(context: &Context) -> Result<String, Failure> {
    let ingress = Context { about: ingress::ABOUT, ..context.clone() }.listen()?;
    let metrics = Context { about: metrics::ABOUT, ..context.clone() }.listen()?;
    let settings = context.live.now();
    let mut lines = vec![
        format!("Webhooks    http://{ingress}/webhook/…"),
        format!("Metrics     http://{ingress}/metrics (JSON), http://{metrics}/metrics (Prometheus)"),
        format!("Console     http://{ingress}/admin/ (from this machine)"),
        format!("Redis       {}", settings.redis.place()),
        "Endpoints".to_owned(),
    ];
    lines.extend(
        settings
            .endpoints
            .iter()
            .map(|endpoint| format!("  {:<10}  {:<14}  {}", endpoint.id, endpoint.provider, endpoint.path)),
    );
    Ok(lines.join("\n"))
}
