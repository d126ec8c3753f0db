//! Signatures that other people's code made are accepted, and with any byte changed refused.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use hookstream_signature::{Key, Proof, Refusal, Request, Scheme, SchemeTable, Secret, Verifier};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) provider: String,
    keys: Vec<String>,
    headers: BTreeMap<String, String>,
    body_b64: String,
    pub(crate) now: i64,
    #[serde(default)]
    signature: SchemeTable,
    #[serde(default)]
    pub(crate) url: String,
    #[serde(default = "post")]
    pub(crate) method: String,
    /// The header holds another key's signature as well, which may be spoilt.
    #[serde(default)]
    several: bool,
    /// The key is public, where the provider has both kinds.
    #[serde(default)]
    public: bool,
    event_id: Option<String>,
    event_type: Option<String>,
}

fn post() -> String {
    "POST".to_owned()
}

impl Case {
    pub(crate) fn scheme(&self) -> Scheme {
        let table =
            SchemeTable::named(&self.provider).unwrap_or_else(|| panic!("no provider {}", self.provider));
        let table = if self.public { table.for_public_keys() } else { table };
        self.signature.clone().over(table).into_scheme(&self.provider).unwrap()
    }

    fn verifier(&self) -> Verifier {
        let key = |text: &String| match self.scheme().algorithm().is_shared() {
            false => Key::PublicPem(text.clone()),
            true => Key::Shared(Secret::new(text.as_str()).unwrap()),
        };
        Verifier::new(self.scheme(), self.keys.iter().map(key).collect(), 300).unwrap()
    }

    pub(crate) fn key(&self) -> &str {
        &self.keys[0]
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        self.headers.clone().into_iter().collect()
    }

    fn verify<V: AsRef<[u8]>>(
        &self,
        verifier: &Verifier,
        headers: &Vec<(String, V)>,
        body: &[u8],
    ) -> Result<Proof, Refusal> {
        let request = Request { headers, body, url: &self.url, method: &self.method };
        verifier.verify_request(&request, self.now)
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
        let proof = case.verify(&verifier, &headers, &body);
        assert!(proof.is_ok(), "{} {}: {proof:?}", case.provider, case.name);
        let named = |given: &Option<String>, found| given.is_none() || *given == found;
        assert!(named(&case.event_id, case.scheme().event_id(&headers, &body)), "{}", case.name);
        assert!(named(&case.event_type, case.scheme().event_type(&headers, &body)), "{}", case.name);
        if !case.several {
            spoil_headers(&case, &verifier, &headers, &body);
        }
        let request = Request { headers: &headers, body: &body, url: &case.url, method: &case.method };
        let scheme = verifier.scheme_of(&request);
        if scheme.signed_content().covers_body() && !scheme.algorithm().is_unsigned() {
            spoil_body(&case, &verifier, &headers, &body);
        }
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
                let verdict = case.verify(verifier, &spoilt, body);
                let told = (&case.provider, &case.name);
                assert!(verdict.is_err(), "{told:?}: {name} spoilt at {place} by {flip:#x}");
            }
        }
    }
}

fn spoil_body(case: &Case, verifier: &Verifier, headers: &Vec<(String, String)>, body: &[u8]) {
    for place in (0..body.len()).step_by(1 + body.len() / 200) {
        let mut spoilt = body.to_vec();
        spoilt[place] ^= 1;
        let verdict = case.verify(verifier, headers, &spoilt);
        // A signature that stands in the body may be spoilt so that it is none.
        let is_in_body = verifier.scheme().signature_field().is_some() || case.headers.is_empty();
        assert!(
            matches!(verdict, Err(Refusal::Invalid { .. })) || (is_in_body && verdict.is_err()),
            "{} {}: body spoilt at {place}",
            case.provider,
            case.name
        );
    }
    let longer = [body, b" "].concat();
    assert!(case.verify(verifier, headers, &longer).is_err(), "{}: a longer body", case.name);
}

#[test]
fn what_each_other_providers_own_code_or_formula_signs_is_accepted_and_any_changed_byte_refused() {
    hold(include_str!("../vectors/providers.json"));
}

#[test]
fn every_provider_that_is_built_in_has_a_vector() {
    let files = [
        include_str!("../vectors/providers.json"),
        include_str!("../vectors/stripe.json"),
        include_str!("../vectors/slack.json"),
        include_str!("../vectors/standard-webhooks.json"),
        include_str!("../vectors/github.json"),
        include_str!("../vectors/custom.json"),
    ];
    let shown: Vec<String> = files.iter().flat_map(|file| load(file)).map(|case| case.provider).collect();
    for name in Scheme::names() {
        assert!(shown.iter().any(|provider| provider == name), "{name} has no vector in tests/vectors");
    }
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

#[test]
fn with_a_certificate_of_ones_own_its_url_may_be_missing_but_not_be_another_hosts() {
    let cases = load(include_str!("../vectors/providers.json"));
    let case = cases.iter().find(|case| case.provider == "paypal").unwrap();
    let with = |verifier: &Verifier, url: Option<&str>| {
        let mut headers = case.headers();
        headers.retain(|(name, _)| name != "PAYPAL-CERT-URL");
        headers.extend(url.map(|url| ("PAYPAL-CERT-URL".to_owned(), url.to_owned())));
        case.verify(verifier, &headers, &case.body()).map(|_| ()).map_err(|refusal| refusal.code())
    };
    let pinned = case.verifier();
    assert_eq!(with(&pinned, None), Ok(()));
    assert_eq!(with(&pinned, Some("https://evil.example/a.pem")), Err("malformed_signature"));
    let fetching = Verifier::by_certificate(case.scheme(), 300).unwrap();
    assert_eq!(with(&fetching, None), Err("missing_signature"));
}
