//! `hookstream verify`: the signature doctor.

mod request;
mod tell;

use std::path::PathBuf;
use std::process::ExitCode;

use event::Millis;
use service::{Environment, Failure};
use signature::{DEFAULT_TOLERANCE_SECONDS, Key, Scheme, Secret, Verifier};

use crate::Ended;
use crate::input::Config;
use crate::time::parse_unix_seconds;
use crate::verify::request::Request;

/// Say whether a request is its provider's; if not, why, and what would have made it so
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// Whose signature it should be: custom, github, slack, standard-webhooks, stripe
    #[arg(long, value_name = "PROVIDER", required_unless_present = "endpoint", requires = "secret_env")]
    provider: Option<String>,
    /// The environment variable that holds the secret; may be repeated while rotating
    #[arg(long, value_name = "VARIABLE")]
    secret_env: Vec<String>,
    /// An endpoint of the configuration, with its secrets and options, instead of --provider and --secret-env
    #[arg(long, value_name = "ID", conflicts_with_all = ["provider", "secret_env", "tolerance"])]
    endpoint: Option<String>,
    /// A header of the request; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = request::parse_header)]
    header: Vec<(String, Vec<u8>)>,
    /// A file with the request's headers, one a line
    #[arg(long, value_name = "FILE")]
    headers_file: Option<PathBuf>,
    /// The request's body, to the byte; `-` for standard input
    #[arg(long, value_name = "FILE")]
    body_file: PathBuf,
    /// When the request came: Unix seconds or RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_unix_seconds, allow_negative_numbers = true)]
    now: Option<i64>,
    /// By how many seconds a signed time may differ from now [default: 300]
    #[arg(long, value_name = "SECONDS")]
    tolerance: Option<u64>,
    /// Show the signature that would be valid: whoever reads it can send this request
    #[arg(long)]
    reveal: bool,
    /// One object: valid, code, reason, provider, `matched_secret`, fingerprint, timestamp, hints, expected
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: Config,
}

// === impl Verify ===

impl Verify {
    pub(crate) fn run(self) -> Ended {
        let verifier = self.verifier()?;
        let request = Request::gather(self.header, self.headers_file.as_deref(), &self.body_file)?;
        let now = self.now.unwrap_or_else(|| Millis::now().seconds());
        let diagnosis = verifier.diagnose(&request.headers, &request.body, now);
        let telling = tell::Telling { verifier: &verifier, diagnosis: &diagnosis, now, reveal: self.reveal };
        telling.tell(self.json);
        Ok(if diagnosis.verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn verifier(&self) -> Result<Verifier, Failure> {
        match (&self.endpoint, &self.provider) {
            (Some(id), _) => self.of_endpoint(id),
            (None, Some(provider)) => self.of_provider(provider),
            (None, None) => Err(Failure::Usage("give --provider and --secret-env, or --endpoint".to_owned())),
        }
    }

    fn of_endpoint(&self, id: &str) -> Result<Verifier, Failure> {
        let settings = self.config.load()?;
        let endpoint = settings.endpoint(id).ok_or_else(|| crate::input::no_endpoint(&settings, id))?;
        endpoint.verifier.clone().ok_or_else(|| {
            Failure::Usage(format!("the endpoint `{id}` does not verify signatures: it takes whatever comes"))
        })
    }

    fn of_provider(&self, provider: &str) -> Result<Verifier, Failure> {
        let scheme = Scheme::named(provider).ok_or_else(|| {
            let names = Scheme::NAMES.join(", ");
            Failure::Usage(format!("`{provider}` is not a provider; there are {names}"))
        })?;
        if !scheme.algorithm().is_hmac() {
            return Err(Failure::Usage(format!("{provider} signs with a private key: use --endpoint")));
        }
        let keys = self.secret_env.iter().map(|name| secret(name)).collect::<Result<Vec<_>, _>>()?;
        let tolerance = self.tolerance.unwrap_or(DEFAULT_TOLERANCE_SECONDS);
        Verifier::new(scheme, keys, tolerance).map_err(|error| Failure::Usage(error.to_string()))
    }
}

fn secret(variable: &str) -> Result<Key, Failure> {
    let text = Environment::default().get(variable).ok_or_else(|| {
        Failure::Usage(format!("the environment variable {variable} is not set; put the secret into it"))
    })?;
    let secret = Secret::new(text).map_err(|error| Failure::Usage(format!("{variable}: {error}")))?;
    Ok(Key::Shared(secret))
}
