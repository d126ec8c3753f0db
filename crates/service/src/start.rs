//! The start and the end of every service.

use std::future::Future;
use std::process::ExitCode;

use clap::{Args, Command, FromArgMatches};

use crate::meter::ship_until;
use crate::partitions::announce_until;
use crate::{About, Context, Environment, Failure, Live, Options, Stop, Telemetry};

/// Runs a service's work from flags to exit code. Nothing listens before the whole configuration is known good;
/// after a stop, the work has the grace time to drain.
pub fn main<W, F>(about: About, work: W) -> ExitCode
where
    W: FnOnce(Context) -> F,
    F: Future<Output = Result<(), Failure>>,
{
    let matches = command(about).get_matches();
    let options = Options::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match start(about, &options, work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            #[expect(clippy::print_stderr, reason = "the last word of a program that can't start")]
            {
                eprintln!("{}: {failure}", about.program);
            }
            failure.exit_code()
        }
    }
}

/// What its `--help` says, with its own words above those of the flags that all services have.
fn command(about: About) -> Command {
    let command = Command::new(about.program).version(env!("CARGO_PKG_VERSION"));
    let file = if about.has_port_in_file() { "the file's, or " } else { "" };
    let port = format!("Port to listen on [default: ${}, or {file}{}]", about.port_variable, about.port);
    Options::augment_args(command).about(about.does).long_about(None).mut_arg("port", |arg| arg.help(port))
}

fn start<W, F>(about: About, options: &Options, work: W) -> Result<(), Failure>
where
    W: FnOnce(Context) -> F,
    F: Future<Output = Result<(), Failure>>,
{
    let environment = Environment::under(options, about.port_variable);
    let live = Live::load(&environment.config(options), &environment).map_err(Failure::Settings)?;
    let telemetry = Telemetry::start(about.program, &environment, &live.now())?;
    let ended = runtime()?.block_on(async {
        let context = Context::new(about, environment, live, Stop::on_signals()?)?;
        attend(context, work).await
    });
    telemetry.finish();
    ended
}

/// Tokio's runtime on every core.
///
/// # Errors
/// The system gives us no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let made = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    made.map_err(|source| Failure::Io { what: "can't start the runtime".to_owned(), source })
}

/// The work, with the file followed, partitions announced and counters shipped beside it, and cut off when the grace is over.
///
/// # Errors
/// What the work failed of, or Redis is not as the configuration requires.
pub async fn attend<W, F>(context: Context, work: W) -> Result<(), Failure>
where
    W: FnOnce(Context) -> F,
    F: Future<Output = Result<(), Failure>>,
{
    let beside = tokio::spawn(context.live.clone().follow(context.stop.clone()));
    let announcing = tokio::spawn(announce_until(context.store.clone(), context.stop.clone()));
    let shipping = Stop::default();
    let shipper = tokio::spawn(ship_until(context.meter.clone(), context.store.clone(), shipping.clone()));
    let grace = context.live.now().server.grace;
    let stop = context.stop.clone();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "{} starts", context.about.name);
    let name = context.about.name;
    let watching = {
        let (footing, store, live) = (context.footing.clone(), context.store.clone(), context.live.clone());
        // Beyond the stop: what is being finished meanwhile asks how Redis is.
        async move { footing.watch(store, live, Stop::default()).await }
    };
    let ended = tokio::select! {
        ended = work(context) => ended,
        Err(unfit) = watching => Err(unfit),
        () = async { stop.asked().await; tokio::time::sleep(grace).await } => {
            tracing::warn!(grace_seconds = grace.as_secs(), "work under way did not end in time; it will be taken up again");
            Ok(())
        }
    };
    stop.now();
    shipping.now();
    let _ = tokio::join!(beside, announcing, shipper);
    tracing::info!("{name} has stopped");
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About = About {
        name: "metrics",
        program: "hookstream-metrics",
        port: 9090,
        port_variable: "METRICS_PORT",
        does: "Adds up",
    };

    #[test]
    fn help_says_what_the_program_does_and_what_moves_its_port() {
        let help = command(ABOUT).render_long_help().to_string();
        assert!(help.starts_with("Adds up\n"), "{help}");
        assert!(help.contains("[default: $METRICS_PORT, or 9090]"), "{help}");
    }

    #[test]
    fn the_flag_stands_above_the_variable_of_this_services_port() {
        let matches = command(ABOUT).try_get_matches_from(["hookstream-metrics", "--port", "7"]).unwrap();
        let options = Options::from_arg_matches(&matches).unwrap();
        let environment = Environment::under(&options, ABOUT.port_variable);
        assert_eq!(environment.listen(ABOUT.port_variable, (None, ABOUT.port)).unwrap().port(), 7);
    }
}
