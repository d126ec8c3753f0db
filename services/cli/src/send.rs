//! `hookstream send`: sign as the endpoint's provider would, and post.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use event::{EventId, Millis};
use formats::Format;
use reqwest::Url;
use service::{Environment, Failure, Options};
use settings::Endpoint;
use signature::{KeyError, Secret, Signer};

use crate::Ended;
use crate::input;
use crate::output::{complain, innermost, say};

/// Sign a webhook as its provider would, and post it
#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    /// The endpoint's id
    endpoint: String,
    /// The body, to the byte but for what its provider writes into it; `-` for standard input [default: a small sample]
    #[arg(long, value_name = "BODY")]
    file: Option<PathBuf>,
    /// The event's type, in the sample and where the provider has a header for it
    #[arg(long, value_name = "TYPE")]
    event_type: Option<String>,
    /// The gateway, or a whole URL to post to [default: `http://127.0.0.1:$PORT`]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Sign wrongly: it must be refused
    #[arg(long)]
    bad_signature: bool,
    /// The answer as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: Options,
}

/// A signed request, ready to be posted.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// With which key a parcel is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Honesty {
    /// The endpoint's own.
    Honest,
    /// Another: it must be refused.
    Forged,
}

/// What the gateway said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) event_id: Option<EventId>,
    /// A refusal's code.
    pub(crate) code: Option<String>,
    body: String,
}

/// An HTTP client for one gateway.
#[derive(Debug)]
pub(crate) struct Client {
    base: String,
    http: reqwest::Client,
}

// === impl Send ===

impl Send {
    pub(crate) fn run(self) -> Ended {
        service::runtime()?.block_on(self.send())
    }

    async fn send(self) -> Ended {
        let environment = Environment::under(&self.options, "PORT");
        let settings = settings::load(&environment.config(&self.options), &|name| environment.get(name))
            .map_err(Failure::Settings)?;
        let endpoint =
            settings.endpoint(&self.endpoint).ok_or_else(|| input::no_endpoint(&settings, &self.endpoint))?;
        let body = match &self.file {
            Some(file) => input::read(file)?,
            None => sample(endpoint, self.event_type.as_deref()),
        };
        let url = self.url.unwrap_or_else(|| {
            format!(
                "http://127.0.0.1:{}",
                environment.get("PORT").unwrap_or_else(|| settings.server.port.to_string())
            )
        });
        let client = Client::new(&url)?;
        let honesty = if self.bad_signature { Honesty::Forged } else { Honesty::Honest };
        let url = client.url(&endpoint.path);
        let parcel = Parcel::sign(endpoint, url, body, self.event_type.as_deref(), honesty)?;
        let answer = client.post(&parcel).await?;
        if self.json || answer.event_id.is_some() {
            say(&answer.body);
        } else {
            complain(&answer.body);
        }
        Ok(if answer.event_id.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

// === impl Parcel ===

impl Parcel {
    /// Signs `body` as the endpoint's provider would that calls `url`, and puts into it what that one puts there.
    pub(crate) fn sign(
        endpoint: &Endpoint,
        url: String,
        mut body: Vec<u8>,
        event_type: Option<&str>,
        honesty: Honesty,
    ) -> Result<Self, Failure> {
        if endpoint.verifier.is_none() && honesty == Honesty::Forged {
            let told = format!("`{}` verifies no signature, so none can be wrong", endpoint.id);
            return Err(Failure::Usage(told));
        }
        let mut headers = vec![("Content-Type".to_owned(), endpoint.event_format.media_type().to_owned())];
        let id = format!("{:032x}", rand::random::<u128>());
        if endpoint.verifier.is_some() {
            let signer = endpoint.signer.as_ref().ok_or_else(|| {
                Failure::Usage(format!(
                    "`{}` is verified with a public key: only whoever has the private key can sign for it",
                    endpoint.id
                ))
            })?;
            let failed = |error: &dyn std::error::Error| {
                Failure::Usage(format!("can't sign for `{}`: {error}", endpoint.id))
            };
            let forger = match honesty {
                Honesty::Honest => None,
                Honesty::Forged => Some(forger(signer).map_err(|error| failed(&error))?),
            };
            let request = signature::Request { url: &url, ..signature::Request::new(&headers, &body) };
            let signed =
                forger.as_ref().unwrap_or(signer).sign_whole(&request, Millis::now().seconds(), Some(&id));
            let signed = signed.map_err(|error| failed(&error))?;
            headers.extend(signed.headers);
            body = signed.body;
        }
        for (sources, value) in [
            (endpoint.scheme.event_id_source(), Some(id.as_str())),
            (endpoint.scheme.event_type_source(), event_type.or(Some("sample.event"))),
        ] {
            if let (Some(signature::Source::Header(name)), Some(value)) = (sources.first(), value)
                && !headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
            {
                headers.push((name.clone(), value.to_owned()));
            }
        }
        Ok(Self { url, headers, body })
    }
}

/// Signs in the same way with a secret that nobody has. Its text is a secret in every form: hexadecimal, base64, text.
fn forger(signer: &Signer) -> Result<Signer, KeyError> {
    let secret = Secret::new(format!("{:032x}", rand::random::<u128>()))?;
    Signer::new(signer.scheme().clone(), secret)
}

// === impl Client ===

impl Client {
    pub(crate) fn new(base: &str) -> Result<Self, Failure> {
        let url = Url::parse(base).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
        let url = url
            .ok_or_else(|| Failure::Usage(format!("`{base}` is not a URL such as http://127.0.0.1:5000")))?;
        service::use_tls();
        let mut http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none());
        if is_here(&url) {
            // A proxy leads out of this machine, and knows no way back.
            http = http.no_proxy();
        }
        let http =
            http.build().map_err(|error| Failure::Usage(format!("can't make an HTTP client: {error}")))?;
        Ok(Self { base: base.trim_end_matches('/').to_owned(), http })
    }

    /// Where to post for the endpoint with this path: a URL with a path of its own is that already; a gateway's address
    /// gets the endpoint's.
    pub(crate) fn url(&self, path: &str) -> String {
        let whole = self.base.splitn(4, '/').nth(3).is_some();
        if whole { self.base.clone() } else { format!("{}{path}", self.base) }
    }

    pub(crate) async fn post(&self, parcel: &Parcel) -> Result<Answer, Failure> {
        let mut request = self.http.post(&parcel.url).body(parcel.body.clone());
        for (name, value) in &parcel.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| match error.is_builder() {
            true => Failure::Usage(format!("this can't be sent: {}", innermost(&error))),
            false => self.unreachable(&error),
        })?;
        let status = response.status().as_u16();
        let body = response.text().await.map_err(|error| self.unreachable(&error))?;
        let json: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let field = |name: &str| json.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        Ok(Answer { status, event_id: field("event_id").map(EventId::from_text), code: field("code"), body })
    }

    /// Waits until `/ready` says so.
    pub(crate) async fn wait_until_ready(&self, limit: Duration) -> Result<(), Failure> {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            let why = match self.http.get(format!("{}/ready", self.base)).send().await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => {
                    Failure::Unreachable(format!("{} is not ready: {}", self.base, answer.status()))
                }
                Err(error) => self.unreachable(&error),
            };
            if tokio::time::Instant::now() > deadline {
                return Err(why);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        Failure::Unreachable(format!(
            "{} can't be reached: {}. Is the gateway running?",
            self.base,
            innermost(error)
        ))
    }
}

/// Whether it leads to this machine itself.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback() || address.is_unspecified())
}

/// A small body of the endpoint's format.
fn sample(endpoint: &Endpoint, event_type: Option<&str>) -> Vec<u8> {
    let number = rand::random::<u32>();
    let kind = event_type.unwrap_or("payment_intent.succeeded");
    match endpoint.event_format {
        Format::Json => serde_json::json!({
            "id": format!("evt_{number:08x}"),
            "event_id": format!("Ev{number:08x}"),
            "type": kind,
            "data": { "object": { "id": "pi_1", "amount": 2000, "currency": "usd", "status": "succeeded" } },
        })
        .to_string(),
        Format::Xml => format!("<event id=\"{number}\"><type>{kind}</type></event>"),
        Format::Form => format!("id={number}&type={kind}"),
    }
    .into_bytes()
}
