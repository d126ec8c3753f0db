//! Files that a command is given.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use service::{Environment, Failure, Options};
use settings::{Mistakes, Settings};

/// Stands for a variable that is not set, where its value does not matter.
const UNSET: &str = "https://unset.invalid/";

/// `--config`, for commands that read the configuration.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Config {
    /// The configuration file [default: `HOOKSTREAM_CONFIG`, or hookstream.toml]
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
        let (file, environment, unset) = (self.file(), Environment::default(), RefCell::new(HashSet::new()));
        let ask = |name: &str| {
            environment.get(name).or_else(|| {
                unset.borrow_mut().insert(name.to_owned());
                None
            })
        };
        let mistakes = match settings::load(&file, &ask) {
            Ok(settings) => return Ok(settings),
            Err(mistakes) => mistakes,
        };
        // Not those with a default: that is as good here as at the gateway.
        let missed = |name: &str| {
            unset.borrow().contains(name) && mistakes.iter().any(|mistake| mistake.message.contains(name))
        };
        let stand_in = |name: &str| environment.get(name).or_else(|| missed(name).then(|| UNSET.to_owned()));
        settings::load(&file, &stand_in).map_err(|_| mistakes.clone())
    }
}

/// A file's bytes; `-` is standard input.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    open(file)?.read_to_end(&mut bytes).map_err(|error| unreadable(file, &error))?;
    Ok(bytes)
}

/// The same, read as it comes.
pub(crate) fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(Box::new(BufReader::new(opened)))
}

pub(crate) fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("can't read {}: {error}", file.display()))
}

/// That no endpoint has this id, with those that there are.
pub(crate) fn no_endpoint(settings: &Settings, id: &str) -> Failure {
    let ids: Vec<&str> = settings.endpoints.iter().map(|endpoint| endpoint.id.as_str()).collect();
    if ids.is_empty() {
        return Failure::Usage(format!("no endpoint has the id `{id}`: there is none in the configuration"));
    }
    Failure::Usage(format!("no endpoint has the id `{id}`; there are {}", ids.join(", ")))
}
