//! Signatures that other people's code made are accepted, and with any byte changed refused.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use hookstream_signature::{CustomScheme, Key, Refusal, Scheme, Secret, Verifier};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    provider: String,
    keys: Vec<String>,
    headers: BTreeMap<String, String>,
    body_b64: String,
    now: i64,
    #[serde(default)]
    signature: BTreeMap<String, String>,
}

impl Case {
    pub(crate) fn scheme(&self) -> Scheme {
        if self.provider != "custom" {
            return Scheme::named(&self.provider).unwrap();
        }
        let option = |name: &str| self.signature.get(name).cloned();
        let defaults = CustomScheme::default();
        Scheme::custom(CustomScheme {
            algorithm: option("algorithm").map_or(defaults.algorithm, |text| text.parse().unwrap()),
            header: option("header").unwrap_or(defaults.header),
            encoding: option("encoding").map_or(defaults.encoding, |text| text.parse().unwrap()),
            prefix: option("prefix"),
            signed_content: option("signed_content"),
            timestamp_header: option("timestamp_header"),
            id_header: option("id_header"),
        })
        .unwrap()
    }

    fn verifier(&self) -> Verifier {
        let key = |text: &String| match text.starts_with("-----BEGIN") {
            true => Key::PublicPem(text.clone()),
            false => Key::Shared(Secret::new(text.as_str()).unwrap()),
        };
        Verifier::new(self.scheme(), self.keys.iter().map(key).collect(), 300).unwrap()
    }

    pub(crate) fn key(&self) -> &str {
        &self.keys[0]
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        self.headers.clone().into_iter().collect()
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body_b64).unwrap()
    }
}

pub(crate) fn load(text: &str) -> Vec<Case> {
    serde_json::from_str::<File>(text).unwrap().cases
}

/// Accepts each case, then spoils every header that counts, and the body, in every place in several ways.
fn hold(text: &str) {
    let cases = load(text);
    assert!(!cases.is_empty());
    for case in cases {
        let (verifier, headers, body) = (case.verifier(), case.headers(), case.body());
        let proof = verifier.verify(&headers, &body, case.now);
        assert!(proof.is_ok(), "{}: {proof:?}", case.name);
        spoil_headers(&case, &verifier, &headers, &body);
        spoil_body(&case, &verifier, &headers, &body);
    }
}

fn spoil_headers(case: &Case, verifier: &Verifier, headers: &[(String, String)], body: &[u8]) {
    for (which, (name, value)) in headers.iter().enumerate() {
        for place in 0..value.len() {
            for flip in [0x01, 0x02, 0x20] {
                let mut bytes = value.clone().into_bytes();
                bytes[place] ^= flip;
                let mut spoilt: Vec<(String, Vec<u8>)> =
                    headers.iter().map(|(n, v)| (n.clone(), v.clone().into_bytes())).collect();
                spoilt[which].1 = bytes;
                let verdict = verifier.verify(&spoilt, body, case.now);
                assert!(verdict.is_err(), "{}: {name} spoilt at {place} by {flip:#x}", case.name);
            }
        }
    }
}

fn spoil_body(case: &Case, verifier: &Verifier, headers: &Vec<(String, String)>, body: &[u8]) {
    for place in (0..body.len()).step_by(1 + body.len() / 200) {
        let mut spoilt = body.to_vec();
        spoilt[place] ^= 1;
        let verdict = verifier.verify(headers, &spoilt, case.now);
        assert!(matches!(verdict, Err(Refusal::Invalid { .. })), "{}: body spoilt at {place}", case.name);
    }
    let longer = [body, b" "].concat();
    assert!(verifier.verify(headers, &longer, case.now).is_err(), "{}: a longer body", case.name);
}

#[test]
fn what_stripes_library_signs_is_accepted_and_any_changed_byte_refused() {
    hold(include_str!("../vectors/stripe.json"));
}

#[test]
fn what_slacks_library_signs_is_accepted_and_any_changed_byte_refused() {
    hold(include_str!("../vectors/slack.json"));
}

#[test]
fn what_the_standard_webhooks_library_signs_is_accepted_and_any_changed_byte_refused() {
    hold(include_str!("../vectors/standard-webhooks.json"));
}

#[test]
fn githubs_published_signature_and_openssls_are_accepted_and_any_changed_byte_refused() {
    hold(include_str!("../vectors/github.json"));
}

#[test]
fn every_spelling_of_a_custom_signature_is_accepted_and_any_changed_byte_refused() {
    hold(include_str!("../vectors/custom.json"));
}

#[test]
fn openssls_rsa_signatures_are_accepted_with_either_form_of_key_and_any_changed_byte_refused() {
    hold(include_str!("../vectors/rsa.json"));
}
