//! `[providers.NAME]` and an endpoint's `signature`: how a sender signs, in the language of the built-in providers.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use signature::{Scheme, SchemeError, SchemeTable};

use crate::nearest::nearest;
use crate::section::{At, Section};
use crate::shape::{Key, Kind, Shape};
use crate::value;

const TEXTS: Kind = Kind::List(&Kind::Text);

pub(crate) static PROVIDER: Shape = Shape {
    title: "a provider",
    about: "How a sender signs; `docs/providers.md` has the built-in ones in the same words. In an endpoint's \
            `signature`, what differs from its provider.",
    keys: &[
        Key::new("title", Kind::Text, "The sender's name for people."),
        Key::new("docs", Kind::Text, "Where this is documented."),
        Key::new("note", Kind::Text, "What is worth knowing about it."),
        Key::new(
            "algorithm",
            Kind::OneOf(&[
                "hmac-sha256",
                "hmac-sha1",
                "hmac-sha512",
                "rsa-sha256",
                "rsa-sha1",
                "ed25519",
                "ecdsa-p256",
                "sha256-prefix",
                "token",
                "basic",
            ]),
            "HMAC, `sha256-prefix` (a hash of the secret and the text), `token` (the secret itself is sent) and `basic` (HTTP \
             basic authentication) need `secrets`, the others `public_keys`. HMAC-SHA256 if absent.",
        ),
        Key::new(
            "header",
            Kind::Text,
            "The header with the signature, `X-Webhook-Signature` if absent. `X-Sign-{1..9}` are nine, of which any may match.",
        ),
        Key::new("more_headers", TEXTS, "Further headers with a signature each, of which any may match."),
        Key::new(
            "signature_field",
            Kind::Text,
            "The dotted path in a JSON body where the signature stands, if it is in no header; `form:name` in a form.",
        ),
        Key::new("more_fields", TEXTS, "Further such paths, of which any may match."),
        Key::new(
            "when",
            Kind::Text,
            "What a request must say of itself: `header:X-Version is 1 or 2`, `body:version is absent or 1`.",
        ),
        Key::new(
            "fallback",
            Kind::Table(&FALLBACK),
            "What differs for a request that lacks one of the headers, and has all of the fallback's.",
        ),
        Key::new(
            "encoding",
            Kind::OneOf(&["hex", "lower-hex", "upper-hex", "base64", "base64url", "either", "text"]),
            "How the signature is written; hex or base64 is taken if absent.",
        ),
        Key::new(
            "prefix",
            Kind::Text,
            "What stands before the signature and must be there, such as `sha256=`.",
        ),
        Key::new(
            "version",
            Kind::Text,
            "The header holds a list of named elements (`t=1,v1=ab`); this names those that are signatures, several with \
             commas; `*/SHA256` is every name that ends so.",
        ),
        Key::new(
            "separator",
            Kind::Text,
            "Stands between a list's elements: `,` if absent. `, ` allows spaces.",
        ),
        Key::new("assign", Kind::Text, "Stands between an element's name and value: `=` if absent."),
        Key::new("bare", Kind::Flag, "An element without a name is a signature too; no if absent."),
        Key::new("names_element", Kind::Text, "The element with the names of further signed headers."),
        Key::new(
            "signed_content",
            Kind::Text,
            "What is signed; `{id}`, `{timestamp}`, `{body}`, `{url}`, `{method}`, `{header:Name}`, `{body:a.b}`, `{form}`, \
             `{php_form:name}`, `{crc32}`, `{signed_headers}`, `{jwt:claim}` and `{webhook_id}` may stand in it. `{body}` if absent, or \
             `{timestamp}.{body}` with a `timestamp_header`.",
        ),
        Key::new(
            "timestamp_header",
            Kind::Text,
            "The header with the time of signing; `timestamp_tolerance` applies to it.",
        ),
        Key::new("timestamp_element", Kind::Text, "The element of the list with the time of signing."),
        Key::new("timestamp_field", Kind::Text, "The dotted path in a JSON body with the time of signing."),
        Key::new(
            "timestamp_unit",
            Kind::OneOf(&["s", "ms", "rfc3339"]),
            "How the time is written; Unix seconds if absent.",
        ),
        Key::new(
            "tolerance",
            Kind::COUNT,
            "Seconds by which it may differ from this machine's clock; 300 if absent.",
        ),
        Key::new(
            "tolerance_direction",
            Kind::OneOf(&["both", "past", "none"]),
            "Whether that holds on both sides, or only for the past, or not unless a tolerance is set; both if absent.",
        ),
        Key::new("id_header", Kind::Text, "The header with the event's id."),
        Key::new(
            "event_id",
            TEXTS,
            "Where the event's id stands, the first that is there: `header:X-Id`, `body:event.id`.",
        ),
        Key::new("event_type", TEXTS, "Where its type stands, likewise."),
        Key::new(
            "secret_encoding",
            Kind::OneOf(&["text", "whsec", "whsec-or-text", "hex", "base64", "html"]),
            "How a secret becomes the key: its text as it is, if absent; base64, perhaps after `whsec_`; that, but text without \
             the `whsec_`; hex; base64; text with HTML's escapes.",
        ),
        Key::new(
            "url",
            Kind::Text,
            "The endpoint's URL as the sender has it, where it is signed and a proxy changes it.",
        ),
        Key::new("webhook_id", Kind::Text, "The sender's name for the endpoint, where it is signed."),
        Key::new(
            "sha1_when",
            Kind::Text,
            "`field=value`: a body that says so is signed with SHA-1 in place of SHA-256.",
        ),
        Key::new(
            "certificate_url",
            Kind::Text,
            "Where a request says which certificate it was signed with (`header:X-Cert-Url`). It has to lie at one of \
             `certificate_places`, and is fetched unless the endpoint has `public_keys`.",
        ),
        Key::new(
            "certificate_places",
            TEXTS,
            "Hosts and paths of the sender's certificates, over https: `sns.*.example.com/*.pem`.",
        ),
        Key::new(
            "certificate_names",
            TEXTS,
            "Host names of which such a certificate bears at least one; `*` stands for what it stood for in the host of its \
             place.",
        ),
        Key::new(
            "topics",
            TEXTS,
            "Amazon SNS topics that may send, as ARNs; `*` may stand for a whole part between colons. Subscriptions of these \
             are confirmed, and of none without it.",
        ),
        Key::new(
            "content_type",
            Kind::Text,
            "The `Content-Type` that the sender gives its bodies, if it is not one of their format's: Amazon SNS sends JSON as \
             `text/plain`.",
        ),
        Key::new(
            "handshake",
            Kind::OneOf(&[
                "slack",
                "zoom",
                "twitch",
                "discord",
                "meta",
                "dropbox",
                "okta",
                "asana",
                "xero",
                "woocommerce",
                "trello",
                "sns",
            ]),
            "What the sender asks of an endpoint, in the way of the provider of this name.",
        ),
        Key::new("answer", Kind::Text, "What the sender wants to read in the answer to an event."),
    ],
};

static FALLBACK: Shape = Shape {
    title: "a fallback",
    about: "What differs for a request that lacks one of the usual headers, and has all of these. An empty text takes an \
            option away.",
    keys: &[
        Key::new("header", Kind::Text, "The header with the signature."),
        Key::new("timestamp_header", Kind::Text, "The header with the time."),
        Key::new("id_header", Kind::Text, "The header with the id."),
        Key::new("signature_field", Kind::Text, "The path in the body where the signature stands."),
        Key::new("algorithm", Kind::Text, "Its algorithm."),
        Key::new("encoding", Kind::Text, "How it is written."),
        Key::new("prefix", Kind::Text, "What stands before it."),
        Key::new("version", Kind::Text, "The elements of a list that are signatures."),
        Key::new("signed_content", Kind::Text, "What is signed."),
        Key::new("when", Kind::Text, "What a request must say of itself."),
    ],
};

/// The providers that the file describes, by name.
pub(crate) type Providers = BTreeMap<String, SchemeTable>;

pub(crate) fn read(whole: &Section<'_>) -> Providers {
    let mut providers = Providers::new();
    for (At { value: name, span }, given) in whole.entries("providers") {
        if SchemeTable::named(&name).is_some() {
            whole
                .report
                .mistake(&span, format!("the provider `{name}` is built in; give yours another name"));
        }
        let table = given.get_ref().as_table();
        let section = Section::new(whole.report, &PROVIDER, table, given.span());
        let Some(table) = options(&section) else { continue };
        if let Err(error) = table.clone().into_scheme(&name) {
            wrong(&section, &error);
        }
        providers.insert(name, table);
    }
    providers
}

/// The scheme of the endpoint's provider, with the endpoint's own options over it.
pub(crate) fn scheme(endpoint: &Section<'_>, providers: &Providers) -> Option<Scheme> {
    let name = endpoint.text("provider")?;
    let Some(base) = providers.get(&name).cloned().or_else(|| SchemeTable::named(&name)) else {
        let known = Scheme::names().iter().copied().chain(providers.keys().map(String::as_str));
        let suggestion = nearest(&name, known);
        let message = format!(
            "`provider` must be a built-in one (docs/providers.md lists {}) or a table [providers.{name}], not `{name}`",
            Scheme::names().len()
        );
        endpoint.report.mistake_near(&endpoint.place("provider"), message, suggestion);
        return None;
    };
    let has_secrets = endpoint.has("secrets") || endpoint.has("secret");
    let base = if endpoint.has("public_keys") && !has_secrets { base.for_public_keys() } else { base };
    let section = endpoint.table("signature", &PROVIDER);
    let table = if endpoint.has("signature") { options(&section)?.over(base) } else { base };
    table.into_scheme(&name).map_err(|error| wrong(&section, &error)).ok()
}

fn wrong(section: &Section<'_>, error: &SchemeError) {
    section.mistake(error.option(), error.to_string());
}

/// The options given; none if any can't be read, which is reported.
fn options(section: &Section<'_>) -> Option<SchemeTable> {
    let mut whole = Some(SchemeTable::default());
    for key in PROVIDER.keys.iter().filter(|key| section.has(key.name)) {
        let value = section.read(key.name, |value| Some(value::json(value)));
        let one = Map::from_iter([(key.name.to_owned(), value?)]);
        match serde_json::from_value::<SchemeTable>(Value::Object(one)) {
            Ok(one) => whole = whole.map(|whole| one.over(whole)),
            Err(error) => {
                section.mistake(key.name, error.to_string());
                whole = None;
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_shape_is_one_of_the_language() {
        for key in PROVIDER.keys {
            let Kind::OneOf(words) = &key.kind else { continue };
            for word in *words {
                let one = Map::from_iter([(key.name.to_owned(), Value::from(*word))]);
                let read = serde_json::from_value::<SchemeTable>(Value::Object(one));
                assert!(read.is_ok(), "{} = {word}: {read:?}", key.name);
            }
        }
    }
}
