//! A handler's own headers.

use secrecy::SecretString;
use toml::Spanned;
use toml::de::DeValue;

use crate::secret;
use crate::section::{At, Section};

/// Headers that the worker sets itself, or that would break the request.
const OURS: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "traceparent",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

pub(crate) fn read(section: &Section<'_>) -> Vec<(String, SecretString)> {
    section.entries("headers").iter().filter_map(|(name, value)| header(section, name, value)).collect()
}

fn header(
    section: &Section<'_>,
    name: &At<String>,
    value: &Spanned<DeValue<'_>>,
) -> Option<(String, SecretString)> {
    let lower = name.value.to_ascii_lowercase();
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if lower.is_empty() || !lower.chars().all(token) {
        section.report.mistake(&name.span, format!("`{}` can't be the name of a header", name.value));
    } else if OURS.contains(&lower.as_str()) || lower.starts_with("hookstream-") {
        section.report.mistake(&name.span, format!("the worker sets `{}` itself", name.value));
    }
    let text = secret::resolve(section.report, value.get_ref().as_str()?, &value.span())?;
    if text.chars().any(|c| c.is_control() && c != '\t') {
        section.report.mistake(&value.span(), format!("the value of `{}` holds a line break", name.value));
    }
    Some((lower, SecretString::from(text)))
}
