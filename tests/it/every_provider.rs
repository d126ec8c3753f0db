//! Every vector of the signature crate over HTTP: taken as it is, and refused for the right reason once something is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use event::Millis;
use reqwest::{Client, header::CONTENT_TYPE};
use serde::Deserialize;
use settings::{Endpoint, Settings};
use signature::{ANY_TIME, Request, Scheme};
use tests::Gateway;

/// The vectors, made by providers' own libraries or after their documentation.
const FILES: [&str; 7] = [
    include_str!("../../crates/signature/tests/vectors/providers.json"),
    include_str!("../../crates/signature/tests/vectors/stripe.json"),
    include_str!("../../crates/signature/tests/vectors/github.json"),
    include_str!("../../crates/signature/tests/vectors/slack.json"),
    include_str!("../../crates/signature/tests/vectors/standard-webhooks.json"),
    include_str!("../../crates/signature/tests/vectors/custom.json"),
    include_str!("../../crates/signature/tests/vectors/rsa.json"),
];

/// The longest that there is: the vectors are of November 2023, and have to be made anew by 2033.
const TEN_YEARS: &str = "timestamp_tolerance = 315360000";

/// No vector's key; it can be read as text, hex and base64.
const OTHER_SECRET: &str = "00112233445566778899aabbccddeef0";

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    provider: String,
    keys: Vec<String>,
    headers: BTreeMap<String, String>,
    body_b64: String,
    #[serde(default)]
    signature: BTreeMap<String, String>,
    #[serde(default)]
    url: String,
    method: Option<String>,
    /// Its key is public, where its provider has both kinds.
    #[serde(default)]
    public: bool,
}

/// What an endpoint for a case is like.
#[derive(Clone, Copy)]
enum Kind {
    /// Its keys, and any time.
    Own,
    /// Its keys, and the provider's tolerance.
    Timely,
    /// Another secret, and any time.
    Foreign,
}

// === impl Case ===

impl Case {
    fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body_b64).expect("base64")
    }

    fn format(&self) -> &'static str {
        if serde_json::from_slice::<serde::de::IgnoredAny>(&self.body()).is_ok() { "json" } else { "form" }
    }

    /// Whether its keys are secrets, which the verifier shares with the provider.
    fn is_shared(&self) -> bool {
        const PUBLIC: [&str; 3] = ["discord", "sendgrid", "standard-webhooks-asymmetric"];
        let is_pem = self.keys.iter().any(|key| key.contains("-----BEGIN"));
        !(self.public || is_pem || PUBLIC.contains(&self.provider.as_str()))
    }

    /// The body with something before it that its format allows.
    fn changed(&self) -> Vec<u8> {
        let more = if self.format() == "form" { "x=1&" } else { " " };
        [more.as_bytes(), &self.body()].concat()
    }

    /// Why an endpoint can't take it as it is, if it can't.
    fn unfit(&self) -> Option<&'static str> {
        match (self.provider.as_str(), self.name.as_str()) {
            _ if self.method.as_deref() == Some("GET") => Some("events come by POST only"),
            _ if self.body_b64.is_empty() => Some("no event is empty"),
            ("fusionauth", "within its time") => Some("its token has an end, which has passed"),
            _ => None,
        }
    }

    fn endpoint(&self, id: &str, kind: Kind) -> String {
        let other = [OTHER_SECRET.to_owned()];
        let keys = if matches!(kind, Kind::Foreign) { &other } else { self.keys.as_slice() };
        let keys = serde_json::to_string(keys).expect("texts");
        let field = if self.is_shared() { "secrets" } else { "public_keys" };
        let url = (!self.url.is_empty()).then(|| ("url".to_owned(), self.url.clone()));
        let options = self.signature.clone().into_iter().chain(url);
        let options: Vec<_> = options.map(|(name, value)| format!("{name} = {value:?}")).collect();
        let tolerance = if matches!(kind, Kind::Timely) { "" } else { TEN_YEARS };
        format!(
            "[[endpoints]]\nid = \"{id}\"\nprovider = \"{}\"\n{field} = {keys}\nsignature = {{ {} }}\n{tolerance}\n\
             event_format = \"{}\"\nrate_limit = {{ requests_per_minute = 0 }}\n\n",
            self.provider,
            options.join(", "),
            self.format()
        )
    }
}

/// A gateway with endpoints for all cases.
struct Bench {
    gateway: Gateway,
    settings: Settings,
    http: Client,
}

impl Bench {
    async fn start(cases: &[Case]) -> Self {
        let mut config = String::new();
        for (number, case) in cases.iter().enumerate() {
            let foreign =
                case.is_shared().then(|| case.endpoint(&format!("foreign-{number}"), Kind::Foreign));
            let own = case.endpoint(&format!("own-{number}"), Kind::Own);
            let timely = case.endpoint(&format!("timely-{number}"), Kind::Timely);
            write!(config, "{own}{timely}{}", foreign.unwrap_or_default()).expect("a String");
        }
        let gateway = Gateway::start(&config).await;
        let settings = settings::load(&gateway.config, &|_| None).expect("the gateway took it");
        Self { gateway, settings, http: Client::new() }
    }

    fn of(&self, id: &str) -> &Endpoint {
        self.settings.endpoint(id).expect("it is in the configuration")
    }

    /// The status, and a refusal's code.
    async fn post(&self, id: &str, headers: &BTreeMap<String, String>, body: Vec<u8>) -> (u16, String) {
        let endpoint = self.of(id);
        let kind = endpoint.scheme.content_type().unwrap_or(endpoint.event_format.media_type());
        let url = format!("{}/webhook/{id}", self.gateway.url());
        let mut request = self.http.post(url).body(body);
        if !headers.keys().any(|name| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str())) {
            request = request.header(CONTENT_TYPE, kind);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.expect("the gateway answers");
        let status = answer.status().as_u16();
        let json: serde_json::Value = answer.json().await.unwrap_or_default();
        (status, json["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The ways in which this case has to be refused, and was not.
    async fn refused(&self, number: usize, case: &Case) -> Vec<String> {
        let own = format!("own-{number}");
        let verifier = self.of(&own).verifier.as_ref().expect("it verifies");
        let (headers, body): (Vec<_>, _) = (case.headers.clone().into_iter().collect(), case.body());
        let request = Request { url: &case.url, ..Request::new(&headers, &body) };
        let scheme = verifier.scheme_of(&request);
        let proof = verifier.verify_request(&request, Millis::now().seconds()).expect("it was taken");
        let mut wrong = Vec::new();
        let mut expect = |what: &str, answer: (u16, String), code: &str| {
            if answer != (401, code.to_owned()) {
                wrong.push(format!("{} {}: {what}: {answer:?}", case.provider, case.name));
            }
        };
        if scheme.signed_content().covers_body() && !scheme.algorithm().is_unsigned() {
            let answer = self.post(&own, &case.headers, case.changed()).await;
            expect("a body changed", answer, "invalid_signature");
        }
        if case.is_shared() {
            let answer = self.post(&format!("foreign-{number}"), &case.headers, case.body()).await;
            expect("another secret", answer, "invalid_signature");
        }
        let names: Vec<String> = scheme.signature_headers().map(str::to_ascii_lowercase).collect();
        let mut without = case.headers.clone();
        without.retain(|name, _| !names.contains(&name.to_ascii_lowercase()));
        if without.len() < case.headers.len() {
            let answer = self.post(&own, &without, case.body()).await;
            expect("no signature", answer, "missing_signature");
        }
        if proof.timestamp.is_some() && scheme.tolerance_seconds() != ANY_TIME {
            let answer = self.post(&format!("timely-{number}"), &case.headers, case.body()).await;
            expect("an old time", answer, "stale_timestamp");
        }
        wrong
    }
}

#[tokio::test]
async fn every_vector_of_every_provider_is_taken_over_http_and_refused_for_the_right_reason() {
    let read = |text: &str| serde_json::from_str::<File>(text).expect("vectors").cases;
    let all: Vec<Case> = FILES.into_iter().flat_map(read).collect();
    let cases: Vec<Case> = all.into_iter().filter(|case| case.unfit().is_none()).collect();
    let covered: BTreeSet<&str> = cases.iter().map(|case| case.provider.as_str()).collect();
    let left_out: Vec<_> = Scheme::names().iter().filter(|name| !covered.contains(*name)).collect();
    assert!(left_out.is_empty(), "providers without a vector: {left_out:?}");

    let bench = Bench::start(&cases).await;
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let id = format!("own-{number}");
        let (status, code) = bench.post(&id, &case.headers, case.body()).await;
        // A subscription is proven, and not confirmed where the endpoint names no topics.
        if (200..300).contains(&status) || code == "handshake_refused" {
            wrong.extend(bench.refused(number, case).await);
        } else {
            wrong.push(format!("{} {}: {status} {code}", case.provider, case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
