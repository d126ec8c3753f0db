//! A provider: signs by an endpoint's own configuration, and posts.

use std::path::Path;

use event::Millis;
use reqwest::header::HeaderMap;
use settings::Settings;

/// Sends to one endpoint.
#[derive(Debug)]
pub struct Sender {
    http: reqwest::Client,
    url: String,
    endpoint: String,
    settings: Settings,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub json: serde_json::Value,
}

// === impl Sender ===

impl Sender {
    pub fn new(gateway: &str, config: &Path, endpoint: &str) -> Self {
        service::use_tls();
        let settings = settings::load(config, &|_| None).expect("a test's configuration is right");
        assert!(settings.endpoint(endpoint).is_some(), "no endpoint {endpoint} in the test's configuration");
        Self {
            http: reqwest::Client::new(),
            url: format!("{gateway}/webhook/{endpoint}"),
            endpoint: endpoint.to_owned(),
            settings,
        }
    }

    /// Headers as the provider would send them with this body, now.
    pub fn signed(&self, body: &[u8]) -> Vec<(String, String)> {
        self.signed_as(body, &format!("{:032x}", rand::random::<u128>()))
    }

    /// The same, under an id that the provider gives it.
    pub fn signed_as(&self, body: &[u8], id: &str) -> Vec<(String, String)> {
        let endpoint = self.settings.endpoint(&self.endpoint).expect("looked at in `new`");
        let mut headers = vec![("Content-Type".to_owned(), endpoint.event_format.media_type().to_owned())];
        if let Some(signer) = &endpoint.signer {
            headers.extend(
                signer.sign(body, Millis::now().seconds(), Some(id)).expect("the endpoint can be signed for"),
            );
        }
        headers
    }

    /// Signs and posts.
    pub async fn send(&self, body: &str) -> Answer {
        self.post(body, self.signed(body.as_bytes())).await
    }

    /// Signs and posts with more headers.
    pub async fn send_with(&self, body: &str, more: &[(&str, &str)]) -> Answer {
        let mut headers = self.signed(body.as_bytes());
        headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(body, headers).await
    }

    /// Signs and posts, with an address as a proxy would say it.
    pub async fn send_from(&self, body: &str, address: &str) -> Answer {
        self.send_with(body, &[("X-Forwarded-For", address)]).await
    }

    /// The same with a signature that is not the body's.
    pub async fn forge_from(&self, body: &str, address: &str) -> Answer {
        let mut headers = self.signed(b"another body");
        headers.push(("X-Forwarded-For".to_owned(), address.to_owned()));
        self.post(body, headers).await
    }

    /// Posts with just these headers.
    pub async fn post(&self, body: &str, headers: Vec<(String, String)>) -> Answer {
        self.try_post(body, headers).await.expect("the gateway answers")
    }

    /// The same, where the gateway may be away.
    pub async fn try_post(
        &self,
        body: &str,
        headers: Vec<(String, String)>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.post(&self.url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let json = response.json().await.unwrap_or_default();
        Ok(Answer { status, headers, json })
    }
}

// === impl Answer ===

impl Answer {
    /// The id of the event that was accepted.
    ///
    /// # Panics
    /// It was not accepted.
    pub fn event_id(&self) -> String {
        assert_eq!(self.json["status"], "accepted", "{self:?}");
        self.json["event_id"].as_str().expect("an accepted event has an id").to_owned()
    }

    /// A refusal's code; empty for what was accepted.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
