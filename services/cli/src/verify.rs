//! `hookstream verify`: the signature doctor.

mod batch;
mod case;
mod request;
mod tell;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use event::Millis;
use service::{Environment, Failure};
use settings::{Endpoint, Settings};
use signature::{Key, Refusal, Scheme, SchemeTable, Secret, Verifier};

use crate::Ended;
use crate::input::{self, Config};
use crate::time::parse_unix_seconds;
use crate::verify::request::Request;

/// Say whether a request is its provider's; if not, why, and what would have made it so
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// Whose signature it should be: `stripe`, `github`, `custom` and so on (docs/providers.md lists all)
    #[arg(long, value_name = "PROVIDER", required_unless_present_any = ["endpoint", "batch"])]
    provider: Option<String>,
    /// The environment variable that holds the secret; may be repeated while rotating
    #[arg(long, value_name = "VARIABLE")]
    secret_env: Vec<String>,
    /// A file with the provider's public key, where it has one; may be repeated
    #[arg(long, value_name = "FILE")]
    public_key_file: Vec<PathBuf>,
    /// An endpoint of the configuration, with its secrets and options, instead of --provider and --secret-env
    #[arg(long, value_name = "ID", conflicts_with_all = ["provider", "secret_env", "public_key_file", "tolerance"])]
    endpoint: Option<String>,
    /// A header of the request; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = request::parse_header)]
    header: Vec<(String, Vec<u8>)>,
    /// A file with the request's headers, one a line
    #[arg(long, value_name = "FILE")]
    headers_file: Option<PathBuf>,
    /// The request's body, to the byte; `-` for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "batch")]
    body_file: Option<PathBuf>,
    /// The whole URL that was called, for providers that sign it
    #[arg(long, value_name = "URL", default_value = "", hide_default_value = true)]
    url: String,
    /// The request's method, for providers that sign it
    #[arg(long, value_name = "METHOD", default_value = "POST")]
    method: String,
    /// A file of cases, one JSON object a line, or `-`; one verdict a line comes out, in the same order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["provider", "endpoint", "body_file", "header", "headers_file"])]
    batch: Option<PathBuf>,
    /// When the request came: Unix seconds or RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_unix_seconds, allow_negative_numbers = true)]
    now: Option<i64>,
    /// By how many seconds a signed time may differ from now [default: the provider's, mostly 300]
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
        let now = self.now.unwrap_or_else(|| Millis::now().seconds());
        let code = |good| if good { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        if let Some(file) = &self.batch {
            return Ok(code(batch::run(file, now)?));
        }
        let settings = self.endpoint.as_ref().map(|_| self.config.load()).transpose()?;
        let verifier = self.verifier(settings.as_ref())?;
        let body_file = self.body_file.as_deref().unwrap_or(Path::new("-"));
        let given = Request::gather(self.header, self.headers_file.as_deref(), body_file)?;
        let request = signature::Request {
            headers: &given.headers,
            body: &given.body,
            url: &self.url,
            method: &self.method,
        };
        let mut diagnosis = verifier.diagnose_request(&request, now);
        if let Err(Refusal::Invalid { .. }) = &diagnosis.verdict {
            let all = settings.iter().flat_map(|settings| &settings.endpoints);
            let others = all.filter(|other| Some(&other.id) != self.endpoint.as_ref());
            let borrowed = others.filter_map(|other| borrowed(&verifier, other, &request, now));
            diagnosis.hints.splice(0..0, borrowed.collect::<Vec<_>>());
        }
        let telling = tell::Telling {
            verifier: &verifier,
            request: &request,
            diagnosis: &diagnosis,
            now,
            reveal: self.reveal,
        };
        telling.tell(self.json);
        Ok(code(diagnosis.verdict.is_ok()))
    }

    fn verifier(&self, settings: Option<&Settings>) -> Result<Verifier, Failure> {
        match (&self.endpoint, settings, &self.provider) {
            (Some(id), Some(settings), _) => of_endpoint(settings, id),
            (_, _, Some(provider)) => self.of_provider(provider),
            _ => Err(Failure::Usage("give --provider and --secret-env, or --endpoint".to_owned())),
        }
    }

    fn of_provider(&self, provider: &str) -> Result<Verifier, Failure> {
        let table = SchemeTable::named(provider).ok_or_else(|| {
            let names = Scheme::names().join(", ");
            Failure::Usage(format!("`{provider}` is not a provider; there are {names}"))
        })?;
        let public_only = self.secret_env.is_empty() && !self.public_key_file.is_empty();
        let table = if public_only { table.for_public_keys() } else { table };
        let scheme = table.into_scheme(provider).map_err(|error| Failure::Usage(error.to_string()))?;
        let keys = if scheme.algorithm().is_shared() {
            self.secret_env.iter().map(|name| secret(name)).collect::<Result<Vec<_>, _>>()?
        } else {
            self.public_key_file.iter().map(|file| public_key(file)).collect::<Result<Vec<_>, _>>()?
        };
        if keys.is_empty() {
            let option = if scheme.algorithm().is_shared() { "--secret-env" } else { "--public-key-file" };
            return Err(Failure::Usage(format!("{provider} is verified with a key: give {option}")));
        }
        let tolerance = self.tolerance.unwrap_or(scheme.tolerance_seconds());
        Verifier::new(scheme, keys, tolerance).map_err(|error| Failure::Usage(error.to_string()))
    }
}

fn of_endpoint(settings: &Settings, id: &str) -> Result<Verifier, Failure> {
    let endpoint = settings.endpoint(id).ok_or_else(|| input::no_endpoint(settings, id))?;
    let unfit = |why: String| Err(Failure::Usage(format!("the endpoint `{id}` {why}")));
    match &endpoint.verifier {
        None => unfit("does not verify signatures: it takes whatever comes".to_owned()),
        Some(verifier) if verifier.fingerprints().next().is_none() => unfit(format!(
            "has no key: each request names its certificate, which only the ingress fetches. Give that with --provider {} \
             --public-key-file FILE",
            endpoint.provider
        )),
        Some(verifier) => Ok(verifier.clone()),
    }
}

/// Whether it was signed with another endpoint's key.
fn borrowed(
    verifier: &Verifier,
    other: &Endpoint,
    request: &signature::Request<'_>,
    now: i64,
) -> Option<String> {
    let judge = verifier.with_keys_of(other.verifier.as_ref()?).ok()?;
    let proof = judge.verify_request(request, now).ok()?;
    Some(format!(
        "It is signed with a key of the endpoint `{}` ({}): the two are mixed up, here or at the sender.",
        other.id, proof.key_fingerprint
    ))
}

fn public_key(file: &Path) -> Result<Key, Failure> {
    let text = String::from_utf8(input::read(file)?);
    text.map(Key::PublicPem).map_err(|_| Failure::Usage(format!("{} is not text", file.display())))
}

fn secret(variable: &str) -> Result<Key, Failure> {
    let text = Environment::default().get(variable).ok_or_else(|| {
        Failure::Usage(format!(
            "the environment variable {variable} is not set, or empty; put the secret into it"
        ))
    })?;
    let secret = Secret::new(text).map_err(|error| Failure::Usage(format!("{variable}: {error}")))?;
    Ok(Key::Shared(secret))
}
