//! How an endpoint's requests are proven: its scheme, its keys, and the verifier made of both.

use signature::{Key as SigningKey, Scheme, Secret, Signer, TimeUnit, Verifier, VerifierError};

use crate::provider::{self, Providers};
use crate::secret;
use crate::section::{At, Section};
use crate::shape::{Key, Kind, Shape};
use crate::value;

pub(crate) static SECRET: Shape = Shape {
    title: "a secret",
    about: "A secret that counts for a time, while it is being replaced.",
    keys: &[
        Key::new("value", Kind::Secret, "The secret.").required(),
        Key::new("not_after", Kind::Text, "When it ceases to count, in RFC 3339: `2026-12-31T00:00:00Z`."),
    ],
};

/// A secret as it stands in the file.
struct Given {
    text: At<String>,
    /// Unix seconds.
    not_after: Option<i64>,
}

pub(crate) struct Signing {
    pub(crate) scheme: Scheme,
    pub(crate) verifier: Option<Verifier>,
    pub(crate) signer: Option<Signer>,
}

/// None if anything is wrong; all of it is reported.
pub(crate) fn read(endpoint: &Section<'_>, providers: &Providers) -> Option<Signing> {
    let scheme = provider::scheme(endpoint, providers);
    let secrets = secrets(endpoint);
    let keys = public_keys(endpoint);
    let (scheme, secrets, keys) = (scheme?, secrets?, keys?);
    let shared = scheme.algorithm().is_shared();
    let none = if shared { secrets.is_empty() } else { keys.is_empty() && !scheme.names_certificate() };
    if endpoint.flag("signature_verification") && none {
        nothing_to_verify_with(endpoint, &scheme);
        return None;
    }
    let first = secrets.first().and_then(|first| Secret::new(first.text.value.clone()).ok());
    let signer = first.filter(|_| shared).and_then(|secret| Signer::new(scheme.clone(), secret).ok());
    let verifier = if endpoint.flag("signature_verification") {
        Some(verifier(endpoint, &scheme, &secrets, &keys)?)
    } else {
        None
    };
    Some(Signing { scheme, verifier, signer })
}

fn nothing_to_verify_with(endpoint: &Section<'_>, scheme: &Scheme) {
    let id = endpoint.text("id").unwrap_or_default();
    let what = if scheme.algorithm().is_shared() { "secrets" } else { "public_keys" };
    let algorithm = scheme.algorithm();
    let name =
        ["secrets", "secret", "public_keys"].into_iter().find(|name| endpoint.has(name)).unwrap_or("id");
    endpoint.mistake(
        name,
        format!(
            "the endpoint `{id}` needs `{what}` to verify {algorithm} signatures with (or \
             `signature_verification = false`, and then anybody can send events to it)"
        ),
    );
}

/// The shared secrets, resolved; none if any is wrong.
fn secrets(endpoint: &Section<'_>) -> Option<Vec<Given>> {
    if endpoint.has("secret") && endpoint.has("secrets") {
        endpoint.mistake("secret", "give `secret` or `secrets`, not both");
        return None;
    }
    let given = given(endpoint)?;
    let must = endpoint.flag("signature_verification");
    let resolve = |Given { text, not_after }| {
        Some(resolve(endpoint, text, must)?.map(|text| Given { text, not_after }))
    };
    let resolved: Vec<_> = given.into_iter().map(resolve).collect();
    resolved.into_iter().collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().collect())
}

/// The secrets as they stand in the file, texts and tables in their order.
fn given(endpoint: &Section<'_>) -> Option<Vec<Given>> {
    let list = endpoint.given("secrets").and_then(|value| value.get_ref().as_array());
    let mut all = Vec::new();
    for item in list.into_iter().flatten() {
        if let Some(text) = value::text(item.get_ref()) {
            all.push(Given { text: At { value: text, span: item.span() }, not_after: None });
        } else if let Some(table) = item.get_ref().as_table() {
            let section = Section::new(endpoint.report, &SECRET, Some(table), item.span());
            all.push(Given { text: section.text_at("value")?, not_after: not_after(&section)? });
        }
    }
    all.extend(endpoint.text_at("secret").map(|text| Given { text, not_after: None }));
    Some(all)
}

/// `Some(None)`: for ever.
fn not_after(section: &Section<'_>) -> Option<Option<i64>> {
    let Some(text) = section.text("not_after") else { return Some(None) };
    let time = TimeUnit::Rfc3339.parse(text.as_bytes());
    if time.is_none() {
        section.mistake("not_after", "`not_after` is a time such as `2026-12-31T00:00:00Z`");
    }
    time.map(Some)
}

/// `Some(None)`: left out, since it may be.
fn resolve(endpoint: &Section<'_>, given: At<String>, must: bool) -> Option<Option<At<String>>> {
    let At { value, span } = given;
    let text = secret::resolve(endpoint.report, &value, &span)?;
    if !text.trim().is_empty() {
        return Some(Some(At { value: text, span }));
    }
    if must && !secret::may_be_absent(&value) {
        endpoint.report.mistake(&span, "the secret is empty, and with an empty secret anybody could sign");
        return None;
    }
    Some(None)
}

fn public_keys(endpoint: &Section<'_>) -> Option<Vec<At<String>>> {
    let resolve = |At { value, span }: At<String>| {
        let value = secret::resolve(endpoint.report, &value, &span)?;
        Some(At { value, span })
    };
    let resolved: Vec<_> = endpoint.texts("public_keys").into_iter().map(resolve).collect();
    resolved.into_iter().collect()
}

fn verifier(
    endpoint: &Section<'_>,
    scheme: &Scheme,
    secrets: &[Given],
    public: &[At<String>],
) -> Option<Verifier> {
    let places: Vec<_> =
        secrets.iter().map(|given| &given.text).chain(public).map(|key| key.span.clone()).collect();
    let shared = secrets
        .iter()
        .filter_map(|given| Some(SigningKey::Shared(Secret::new(given.text.value.clone()).ok()?)));
    let pem = public.iter().map(|text| SigningKey::PublicPem(text.value.clone()));
    let keys: Vec<_> = shared.chain(pem).collect();
    let (scheme, tolerance) = (scheme.clone(), tolerance(endpoint, scheme));
    let made = if keys.is_empty() {
        Verifier::by_certificate(scheme, tolerance)
    } else {
        Verifier::new(scheme, keys, tolerance)
    };
    match made {
        Ok(verifier) => return Some(limited(verifier, secrets)),
        Err(VerifierError::Key { index, source }) => {
            let place = places.get(index).cloned().unwrap_or_else(|| endpoint.place("id"));
            endpoint.report.mistake(&place, source.to_string());
        }
        Err(error) => endpoint.mistake("secrets", error.to_string()),
    }
    None
}

fn limited(verifier: Verifier, secrets: &[Given]) -> Verifier {
    let ends = secrets.iter().enumerate().filter_map(|(index, given)| Some((index, given.not_after?)));
    ends.fold(verifier, |verifier, (index, not_after)| verifier.until(index, not_after))
}

/// Whole seconds, as the verifier counts: the endpoint's, or else the provider's.
pub(crate) fn tolerance(endpoint: &Section<'_>, scheme: &Scheme) -> u64 {
    if endpoint.has("timestamp_tolerance") {
        endpoint.seconds("timestamp_tolerance").as_secs_f64().ceil() as u64
    } else {
        scheme.tolerance_seconds()
    }
}
