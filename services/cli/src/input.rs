//! Files that a command is given.

use std::path::{Path, PathBuf};

use service::{Environment, Failure, Options};
use settings::{Mistakes, Settings};

/// Stands for a variable that is not set, where its value does not matter.
const UNSET: &str = "https://unset.invalid/";

/// `--config`, for commands that read the configuration.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Config {
    /// The configuration file [default: $HOOKSTREAM_CONFIG, or hookstream.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

// === impl Config ===

impl Config {
    pub(crate) fn file(&self) -> PathBuf {
        let options = Options { config: self.config.clone(), ..Options::default() };
        Environment::default().config(&options)
    }

    /// Did somebody name the file, rather than leave it to the default?
    pub(crate) fn is_named(&self) -> bool {
        self.config.is_some() || Environment::default().get("HOOKSTREAM_CONFIG").is_some()
    }

    /// The configuration, with every secret that it names.
    pub(crate) fn load(&self) -> Result<Settings, Failure> {
        let environment = Environment::default();
        settings::load(&self.file(), &|name| environment.get(name)).map_err(Failure::Settings)
    }

    /// The configuration for a command that needs no secret: whoever looks at routes and limits from their own
    /// machine does not have the gateway's secrets there.
    pub(crate) fn load_without_secrets(&self) -> Result<Settings, Mistakes> {
        let (file, environment) = (self.file(), Environment::default());
        let with_secrets = |mistakes| {
            let stand_in = |name: &str| environment.get(name).or_else(|| stand_in(name));
            settings::load(&file, &stand_in).map_err(|_| mistakes)
        };
        settings::load(&file, &|name| environment.get(name)).or_else(with_secrets)
    }
}

/// Variables that stand over the file are Hookstream's own; everything else that is unset is somebody's secret.
fn stand_in(name: &str) -> Option<String> {
    const OVER_THE_FILE: [&str; 8] = [
        "REDIS_URL",
        "DATABASE_URL",
        "DEFAULT_RATE_LIMIT",
        "MAX_REQUEST_SIZE",
        "ENABLE_METRICS",
        "ADMIN_TOKEN",
        "ADMIN_BIND",
        "METRICS_PORT",
    ];
    (!OVER_THE_FILE.contains(&name)).then(|| UNSET.to_owned())
}

/// A file's bytes; `-` is standard input.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    read.map_err(|error| Failure::Usage(format!("can't read {}: {error}", file.display())))
}
