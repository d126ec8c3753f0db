//! One case of a batch: a request, and what it is judged by, as one JSON object.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::{Value, json};
use signature::{Key, Request, Scheme, SchemeTable, Secret, Verifier};

/// A request and its judge. All but provider, headers and body may be left out or null; what else the writer of a case
/// remembers it by is passed over.
#[derive(Deserialize)]
pub(crate) struct Case {
    provider: String,
    #[serde(default, deserialize_with = "secrets")]
    secrets: Option<Vec<String>>,
    public_keys: Option<Vec<String>>,
    certificate_pem: Option<String>,
    /// As an endpoint's `signature`.
    signature: Option<SchemeTable>,
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, String)>,
    body_b64: String,
    now: Option<i64>,
    tolerance: Option<u64>,
}

/// What is wrong with them is told without them: serde's own words hold what it found.
fn secrets<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Vec<String>>, D::Error> {
    let found = Value::deserialize(reader)?;
    serde_json::from_value(found).map_err(|_| D::Error::custom("`secrets` is no list of texts"))
}

/// Why a case has no verifier: a code, and what to mend.
type Unusable = (&'static str, String);

// === impl Case ===

impl Case {
    /// The verdict on one line of a batch.
    pub(crate) fn judge_line(line: &[u8], now: i64) -> Value {
        match serde_json::from_slice::<Self>(line) {
            Ok(case) => case.judge(now),
            Err(error) => refused(None, ("malformed_case", error.to_string())),
        }
    }

    fn judge(&self, now: i64) -> Value {
        let Some(base) = SchemeTable::named(&self.provider) else {
            let message = format!("`{}` is not a provider", self.provider);
            return refused(Some(&self.provider), ("unknown_provider", message));
        };
        match self.verifier(base) {
            Ok(verifier) => self.verdict(&verifier, self.now.unwrap_or(now)),
            Err(unusable) => refused(Some(&self.provider), unusable),
        }
    }

    fn verifier(&self, base: SchemeTable) -> Result<Verifier, Unusable> {
        let unusable = |error: &dyn std::fmt::Display| ("invalid_configuration", error.to_string());
        let base = if self.has_public_keys_only() { base.for_public_keys() } else { base };
        let table = self.signature.clone().unwrap_or_default().over(base);
        let scheme = table.into_scheme(&self.provider).map_err(|error| unusable(&error))?;
        let keys = self.keys(&scheme)?;
        let tolerance = self.tolerance.unwrap_or(scheme.tolerance_seconds());
        Verifier::new(scheme, keys, tolerance).map_err(|error| unusable(&error))
    }

    fn has_public_keys_only(&self) -> bool {
        let has = |keys: &Option<Vec<String>>| keys.as_ref().is_some_and(|keys| !keys.is_empty());
        !has(&self.secrets) && (has(&self.public_keys) || self.certificate_pem.is_some())
    }

    fn keys(&self, scheme: &Scheme) -> Result<Vec<Key>, Unusable> {
        if scheme.algorithm().is_shared() {
            let secret = |text: &String| Secret::new(text.as_str()).map(Key::Shared);
            let keys = self.secrets.iter().flatten().map(secret).collect::<Result<Vec<_>, _>>();
            let keys = keys.map_err(|error| ("no_secret", error.to_string()))?;
            return if keys.is_empty() {
                Err(("no_secret", "no secret is given".to_owned()))
            } else {
                Ok(keys)
            };
        }
        let keys: Vec<_> = self
            .public_keys
            .iter()
            .flatten()
            .chain(&self.certificate_pem)
            .cloned()
            .map(Key::PublicPem)
            .collect();
        if keys.is_empty() {
            Err(("no_key", "no public key or certificate is given".to_owned()))
        } else {
            Ok(keys)
        }
    }

    fn verdict(&self, verifier: &Verifier, now: i64) -> Value {
        let Ok(body) = STANDARD.decode(&self.body_b64) else {
            return refused(Some(&self.provider), ("malformed_case", "body_b64 is not base64".to_owned()));
        };
        let request = Request {
            headers: &self.headers,
            body: &body,
            url: self.url.as_deref().unwrap_or_default(),
            method: self.method.as_deref().unwrap_or("POST"),
        };
        match verifier.verify_request(&request, now) {
            Ok(proof) => json!({
                "valid": true,
                "code": null,
                "reason": null,
                "provider": self.provider,
                "matched_secret": proof.key_index,
                "timestamp": proof.timestamp,
                "event_id": verifier.scheme().event_id(&self.headers, &body),
                "event_type": verifier.scheme().event_type(&self.headers, &body),
            }),
            Err(refusal) => {
                let mut told = refused(Some(&self.provider), (refusal.code(), refusal.to_string()));
                if let signature::Refusal::Stale { timestamp, .. } = refusal {
                    told["timestamp"] = json!(timestamp);
                }
                told
            }
        }
    }
}

fn refused(provider: Option<&str>, (code, reason): Unusable) -> Value {
    json!({
        "valid": false,
        "code": code,
        "reason": reason,
        "provider": provider,
        "matched_secret": null,
        "timestamp": null,
        "event_id": null,
        "event_type": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What GitHub's documentation publishes.
    fn github(change: impl FnOnce(&mut Value)) -> Value {
        let mut case = json!({
            "provider": "github",
            "secrets": ["It's a Secret to Everybody"],
            "headers": [
                ["X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
                ["X-GitHub-Event", "push"],
            ],
            "body_b64": STANDARD.encode("Hello, World!"),
        });
        change(&mut case);
        Case::judge_line(case.to_string().as_bytes(), 0)
    }

    #[test]
    fn a_case_is_judged_and_what_it_names_is_told() {
        let told = github(|_| ());
        assert_eq!(
            (&told["valid"], &told["matched_secret"], &told["event_type"]),
            (&json!(true), &json!(0), &json!("push"))
        );
        assert_eq!(github(|case| case["body_b64"] = json!("AAAA"))["code"], "invalid_signature");
        assert_eq!(github(|case| case["expected"] = json!("a note"))["valid"], true);
        assert_eq!(github(|case| case["public_keys"] = Value::Null)["valid"], true);
        assert_eq!(
            github(|case| case["secrets"] = json!(["x", "It's a Secret to Everybody"]))["matched_secret"],
            1
        );
    }

    #[test]
    fn github_is_believed_by_sha1_only_where_the_case_says_so() {
        // `printf 'Hello, World!' | openssl dgst -sha1 -hmac "It's a Secret to Everybody"`
        let old = json!([["X-Hub-Signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59"]]);
        let told = |asked: &Value| {
            github(|case| {
                case["headers"] = old.clone();
                case["signature"] = asked.clone();
            })
        };
        assert_eq!(told(&Value::Null)["code"], "missing_signature");
        assert_eq!(told(&json!({ "algorithm": "hmac-sha1" }))["valid"], true);
    }

    #[test]
    fn what_cannot_be_judged_is_never_valid() {
        let code = |change: &dyn Fn(&mut Value)| github(|case| change(case))["code"].clone();
        assert_eq!(code(&|case| case["provider"] = json!("githup")), "unknown_provider");
        assert_eq!(code(&|case| case["secrets"] = json!([])), "no_secret");
        assert_eq!(code(&|case| case["secrets"] = json!([""])), "no_secret");
        assert_eq!(code(&|case| case["secrets"] = json!(["It's a Secret to Everybody", " "])), "no_secret");
        assert_eq!(code(&|case| case["signature"] = json!({ "header": "a b" })), "invalid_configuration");
        assert_eq!(code(&|case| case["signature"] = json!({ "heder": "a" })), "malformed_case");
        assert_eq!(code(&|case| case["body_b64"] = json!("?")), "malformed_case");
        let told = github(|case| case["secrets"] = json!("hunter2"));
        assert!(told["code"] == "malformed_case" && !told.to_string().contains("hunter2"), "{told}");
        assert_eq!(Case::judge_line(b"nonsense", 0)["code"], "malformed_case");
    }
}
