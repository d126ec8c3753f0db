//! How an endpoint's requests are proven: its scheme, its keys, and the verifier made of both.

use signature::{
    Algorithm, CustomScheme, Encoding, Key as SigningKey, Scheme, Secret, Signer, Verifier, VerifierError,
};

use crate::secret;
use crate::section::{At, Section};
use crate::shape::{Key, Kind, Shape};

pub(crate) static SIGNATURE: Shape = Shape {
    title: "an endpoint's signature",
    about: "How a `custom` provider signs.",
    keys: &[
        Key::new(
            "algorithm",
            Kind::OneOf(&["hmac-sha256", "hmac-sha1", "rsa-sha256", "rsa-sha1"]),
            "HMAC needs `secrets`, RSA `public_keys`.",
        )
        .default("\"hmac-sha256\""),
        Key::new("header", Kind::Text, "The header with the signature.").default("\"X-Webhook-Signature\""),
        Key::new(
            "encoding",
            Kind::OneOf(&["hex", "base64"]),
            "How the signature is written; either is taken if absent.",
        ),
        Key::new(
            "prefix",
            Kind::Text,
            "What stands before the signature and must be there, such as `sha256=`.",
        ),
        Key::new(
            "signed_content",
            Kind::Text,
            "What is signed; `{id}`, `{timestamp}` and `{body}` may stand in it. `{body}` if absent, or \
             `{timestamp}.{body}` with a `timestamp_header`.",
        ),
        Key::new(
            "timestamp_header",
            Kind::Text,
            "The header with the time of signing, in Unix seconds; `timestamp_tolerance` applies to it.",
        ),
        Key::new("id_header", Kind::Text, "The header with the event's id."),
    ],
};

pub(crate) struct Signing {
    pub(crate) scheme: Scheme,
    pub(crate) verifier: Option<Verifier>,
    pub(crate) signer: Option<Signer>,
}

/// None if anything is wrong; all of it is reported.
pub(crate) fn read(endpoint: &Section<'_>) -> Option<Signing> {
    let scheme = scheme(endpoint);
    let secrets = secrets(endpoint);
    let keys = public_keys(endpoint);
    let (scheme, secrets, keys) = (scheme?, secrets?, keys?);
    let hmac = scheme.algorithm().is_hmac();
    if endpoint.flag("signature_verification") && (if hmac { &secrets } else { &keys }).is_empty() {
        nothing_to_verify_with(endpoint, &scheme);
        return None;
    }
    let first = secrets.first().and_then(|first| Secret::new(first.value.clone()).ok());
    let signer = first.filter(|_| hmac).and_then(|secret| Signer::new(scheme.clone(), secret).ok());
    let verifier = if endpoint.flag("signature_verification") {
        Some(verifier(endpoint, &scheme, &secrets, &keys)?)
    } else {
        None
    };
    Some(Signing { scheme, verifier, signer })
}

fn nothing_to_verify_with(endpoint: &Section<'_>, scheme: &Scheme) {
    let id = endpoint.text("id").unwrap_or_default();
    let what = if scheme.algorithm().is_hmac() { "secrets" } else { "public_keys" };
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

fn scheme(endpoint: &Section<'_>) -> Option<Scheme> {
    let provider = endpoint.text("provider")?;
    if !endpoint.has("signature") {
        return Scheme::named(&provider);
    }
    if provider != "custom" {
        let message = format!("`signature` is for provider custom; {provider} signs in its own way");
        endpoint.mistake("signature", message);
        return None;
    }
    let section = endpoint.table("signature", &SIGNATURE);
    let custom = CustomScheme {
        algorithm: section.text("algorithm")?.parse::<Algorithm>().ok()?,
        header: section.text("header")?,
        encoding: match section.text("encoding") {
            Some(text) => text.parse::<Encoding>().ok()?,
            None => Encoding::Either,
        },
        prefix: section.text("prefix"),
        signed_content: section.text("signed_content"),
        timestamp_header: section.text("timestamp_header"),
        id_header: section.text("id_header"),
    };
    Scheme::custom(custom).map_err(|error| endpoint.mistake("signature", error.to_string())).ok()
}

/// The shared secrets, resolved; none if any is wrong.
fn secrets(endpoint: &Section<'_>) -> Option<Vec<At<String>>> {
    if endpoint.has("secret") && endpoint.has("secrets") {
        endpoint.mistake("secret", "give `secret` or `secrets`, not both");
        return None;
    }
    let mut given = endpoint.texts("secrets");
    given.extend(endpoint.text_at("secret"));
    let must = endpoint.flag("signature_verification");
    let resolved: Vec<_> = given.into_iter().map(|text| resolve(endpoint, text, must)).collect();
    resolved.into_iter().collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().collect())
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
    secrets: &[At<String>],
    public: &[At<String>],
) -> Option<Verifier> {
    let places: Vec<_> = secrets.iter().chain(public).map(|key| key.span.clone()).collect();
    let shared =
        secrets.iter().filter_map(|text| Some(SigningKey::Shared(Secret::new(text.value.clone()).ok()?)));
    let pem = public.iter().map(|text| SigningKey::PublicPem(text.value.clone()));
    // The verifier counts whole seconds.
    let tolerance = endpoint.seconds("timestamp_tolerance").as_secs_f64().ceil() as u64;
    match Verifier::new(scheme.clone(), shared.chain(pem).collect(), tolerance) {
        Ok(verifier) => return Some(verifier),
        Err(VerifierError::Key { index, source }) => {
            let place = places.get(index).cloned().unwrap_or_else(|| endpoint.place("id"));
            endpoint.report.mistake(&place, source.to_string());
        }
        Err(error) => endpoint.mistake("secrets", error.to_string()),
    }
    None
}
