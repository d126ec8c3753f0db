//! The language in which a provider is described.

use std::sync::Arc;

use serde::Deserialize;

use crate::{
    ANY_TIME, Algorithm, CustomScheme, Encoding, Handshake, Scheme, SchemeError, SecretEncoding, Source,
    Template, TimeUnit, When, Window, certified,
    layout::{Elements, Layout, Prefix},
    scheme::Places,
};

/// A provider as a table of options.
///
/// It is an entry of `providers.toml`, `[providers.acme]` in a configuration file, or an endpoint's `signature`, which
/// is laid over its provider's. What is absent has its default.
///
/// The default is an HMAC-SHA256 of the body in `X-Webhook-Signature`, in hex or base64.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SchemeTable {
    /// The provider's name for people.
    pub title: Option<String>,
    /// Where this is documented.
    pub docs: Option<String>,
    /// What is worth knowing about it.
    pub note: Option<String>,
    /// Other names for it in configuration files.
    pub aliases: Option<Vec<String>>,
    /// How the signature is computed.
    pub algorithm: Option<Algorithm>,
    /// The header that holds it. `X-Sign-{1..9}` are nine headers, of which any may match.
    pub header: Option<String>,
    /// Further headers, of which any may match.
    pub more_headers: Option<Vec<String>>,
    /// The path in a JSON body where it stands, if it is in no header.
    pub signature_field: Option<String>,
    /// Further paths in the body, of which any may match.
    pub more_fields: Option<Vec<String>>,
    /// What a request must say of itself to be read by this table and not by its fallback.
    pub when: Option<When>,
    /// What differs for a request that lacks a header of this table and has all of the fallback's.
    pub fallback: Option<Box<SchemeTable>>,
    /// What differs for an endpoint with public keys in place of secrets.
    pub with_public_key: Option<Box<SchemeTable>>,
    /// What differs for an endpoint whose `algorithm` rests on SHA-1.
    pub with_sha1: Option<Box<SchemeTable>>,
    /// How its bytes are written.
    pub encoding: Option<Encoding>,
    /// Text that must stand before it.
    pub prefix: Option<String>,
    /// The header holds a list of elements with names; those with this name, or one of several divided by commas, are
    /// signatures.
    pub version: Option<String>,
    /// Stands between the elements of a list: one character, and a space after it if there may be some.
    pub separator: Option<String>,
    /// Stands between an element's name and its value.
    pub assign: Option<String>,
    /// An element of the list without a name is a signature too.
    pub bare: Option<bool>,
    /// The element with the names of further headers that are signed.
    pub names_element: Option<String>,
    /// The text that is signed.
    pub signed_content: Option<String>,
    /// The header that holds the time of signing.
    pub timestamp_header: Option<String>,
    /// The element of the list that holds it.
    pub timestamp_element: Option<String>,
    /// The path in a JSON body where it stands.
    pub timestamp_field: Option<String>,
    /// How it is written.
    pub timestamp_unit: Option<TimeUnit>,
    /// By how many seconds it may differ from ours.
    pub tolerance: Option<u64>,
    /// On which sides.
    pub tolerance_direction: Option<Window>,
    /// The header that holds the message's id, if that is signed.
    pub id_header: Option<String>,
    /// Where the event's id stands.
    pub event_id: Option<Vec<Source>>,
    /// Where its kind stands.
    pub event_type: Option<Vec<Source>>,
    /// How a secret's text becomes the key.
    pub secret_encoding: Option<SecretEncoding>,
    /// The endpoint's URL as the provider knows it, where it is signed.
    pub url: Option<String>,
    /// The provider's name for the endpoint, where it is signed.
    pub webhook_id: Option<String>,
    /// `field=value`: a body that says so is signed with SHA-1 in place of SHA-256.
    pub sha1_when: Option<String>,
    /// Where a request says which certificate it was signed with.
    pub certificate_url: Option<Source>,
    /// Hosts and paths of the provider's certificates, such as `sns.*.example.com/*.pem`; https only.
    pub certificate_places: Option<Vec<String>>,
    /// Host names of which such a certificate bears at least one. `*` stands for what it stood for in the host of its place.
    pub certificate_names: Option<Vec<String>>,
    /// The Amazon SNS topics that may send, as ARNs in which `*` may stand for a whole part.
    pub topics: Option<Vec<String>>,
    /// The type of its bodies' content, if it is not that of their format.
    pub content_type: Option<String>,
    /// What the provider asks of an endpoint.
    pub handshake: Option<Handshake>,
    /// What it wants to read in the answer.
    pub answer: Option<String>,
}

// === impl SchemeTable ===

/// Each option of the first, or else of the second.
macro_rules! lay_over {
    ($over:ident, $base:ident, $($name:ident)*) => { SchemeTable { $($name: $over.$name.or($base.$name)),* } };
}

impl SchemeTable {
    /// These options, and `base`'s where there are none. An empty text stands for no option.
    #[must_use]
    pub fn over(self, mut base: Self) -> Self {
        if self.algorithm.is_some_and(Algorithm::is_sha1)
            && let Some(weak) = base.with_sha1.take()
        {
            base = weak.over(base);
        }
        lay_over!(self, base,
            title docs note aliases algorithm header more_headers signature_field more_fields when fallback with_public_key
            with_sha1 encoding prefix version separator assign bare names_element signed_content timestamp_header timestamp_element timestamp_field timestamp_unit tolerance
            tolerance_direction id_header event_id event_type secret_encoding url webhook_id sha1_when
            certificate_url certificate_places certificate_names topics content_type handshake answer)
    }

    /// The same for an endpoint that has public keys and no secrets.
    #[must_use]
    pub fn for_public_keys(mut self) -> Self {
        match self.with_public_key.take() {
            Some(with) => with.over(self),
            None => self,
        }
    }

    /// The scheme that the options describe.
    ///
    /// # Errors
    /// If they contradict one another, or a header's name could not be one.
    pub fn into_scheme(mut self, name: &str) -> Result<Scheme, SchemeError> {
        for text in
            [&mut self.signature_field, &mut self.timestamp_header, &mut self.id_header, &mut self.sha1_when]
        {
            *text = text.take().filter(|text| !text.is_empty());
        }
        let fallback = self.fallback.take();
        let fallback =
            fallback.map(|table| table.over(self.clone()).into_scheme(name)).transpose()?.map(Arc::new);
        self.check()?;
        let algorithm = self.algorithm.unwrap_or(Algorithm::HmacSha256);
        let (header, numbered) = self.headers()?;
        let more: Vec<_> =
            numbered.into_iter().chain(self.more_headers.clone().unwrap_or_default()).collect();
        let places = Places {
            signature: header,
            timestamp: self.timestamp_header.clone(),
            id: self.id_header.clone(),
        };
        let window = self.tolerance_direction.unwrap_or_default();
        let usual = if window == Window::None { ANY_TIME } else { crate::DEFAULT_TOLERANCE_SECONDS };
        let by_id = || self.id_header.iter().cloned().map(Source::Header).collect();
        Ok(Scheme {
            content: self.content(algorithm)?,
            layout: self.layout(algorithm, name == "custom")?,
            encoding: self.encoding.unwrap_or_else(|| self.default_encoding(algorithm)),
            event_id: self.event_id.clone().unwrap_or_else(by_id),
            event_type: self.event_type.clone().unwrap_or_else(event_type),
            title: self.title.as_deref().map_or_else(|| name.into(), Arc::from),
            name: name.into(),
            algorithm,
            places,
            fallback,
            when: self.when,
            more_headers: more,
            signature_field: self.signature_field,
            more_fields: self.more_fields.unwrap_or_default(),
            timestamp_field: self.timestamp_field,
            unit: self.timestamp_unit.unwrap_or_default(),
            window,
            tolerance: self.tolerance.unwrap_or(usual),
            secret_encoding: self.secret_encoding.unwrap_or_default(),
            url: self.url.filter(|url| !url.is_empty()),
            webhook_id: self.webhook_id.unwrap_or_default(),
            sha1_when: self.sha1_when.as_deref().map(field_and_value).transpose()?,
            certificate_url: self.certificate_url,
            certificate_places: self.certificate_places.unwrap_or_default(),
            certificate_names: self.certificate_names.unwrap_or_default(),
            topics: self.topics.unwrap_or_default(),
            content_type: self.content_type,
            handshake: self.handshake,
            answer: self.answer,
        })
    }

    /// The header, and those that a range stands for beside it.
    fn headers(&self) -> Result<(String, Vec<String>), SchemeError> {
        if let Some(path) = &self.signature_field {
            return Ok((format!("body:{path}"), Vec::new()));
        }
        let header = self.header.as_deref().unwrap_or("X-Webhook-Signature");
        let Some((before, rest)) = header.split_once('{') else { return Ok((header.to_owned(), Vec::new())) };
        let range = rest.strip_suffix('}').and_then(|range| range.split_once(".."));
        let bounds = range.and_then(|(from, to)| Some((from.parse::<u8>().ok()?, to.parse::<u8>().ok()?)));
        match bounds {
            Some((from, to)) if from < to && to <= 100 => {
                let rest = (from + 1..=to).map(|number| format!("{before}{number}")).collect();
                Ok((format!("{before}{from}"), rest))
            }
            _ => Err(SchemeError::HeaderName(header.to_owned())),
        }
    }

    fn content(&self, algorithm: Algorithm) -> Result<Template, SchemeError> {
        let text = match &self.signed_content {
            Some(text) => text,
            None if self.timestamp_header.is_some() && !algorithm.is_unsigned() => "{timestamp}.{body}",
            None => "{body}",
        };
        let content: Template = text.parse()?;
        if content.has_timestamp() && self.timestamp_header.is_none() && self.timestamp_element.is_none() {
            return Err(SchemeError::NoTimestampHeader);
        }
        if content.has_id() && self.id_header.is_none() {
            return Err(SchemeError::NoIdHeader);
        }
        if content.has_signed_headers() && self.names_element.is_none() {
            return Err(SchemeError::NoNamesElement);
        }
        Ok(content)
    }

    fn layout(&self, algorithm: Algorithm, is_custom: bool) -> Result<Layout, SchemeError> {
        if self.is_jwt() {
            return Ok(Layout::Jwt);
        }
        let Some(version) = self.version.as_ref().filter(|version| !version.is_empty()) else {
            let none = if is_custom { Prefix::Algorithm } else { Prefix::Required(String::new()) };
            let given = self.prefix.as_ref().filter(|prefix| !prefix.is_empty());
            return given.map_or(Ok(none), |prefix| checked_prefix(prefix, algorithm)).map(Layout::Single);
        };
        let separator = self.separator.as_deref().unwrap_or(",").as_bytes();
        let assign = self.assign.as_deref().unwrap_or("=").as_bytes();
        let (&[separator, ref space @ ..], &[assign]) = (separator, assign) else {
            return Err(SchemeError::Separator);
        };
        if !matches!(space, b"" | b" ") || separator == assign || !separator.is_ascii() || !assign.is_ascii()
        {
            return Err(SchemeError::Separator);
        }
        Ok(Layout::List(Elements {
            separator,
            spaced: !space.is_empty(),
            assign,
            versions: version.split(',').map(str::to_owned).collect(),
            bare: self.bare.unwrap_or_default(),
            timestamp: self.timestamp_element.clone(),
            names: self.names_element.clone(),
        }))
    }

    fn is_jwt(&self) -> bool {
        self.signed_content.as_ref().is_some_and(|content| content.starts_with("{jwt:"))
    }

    fn default_encoding(&self, algorithm: Algorithm) -> Encoding {
        match algorithm {
            _ if self.is_jwt() => Encoding::Base64Url,
            Algorithm::Token => Encoding::Text,
            Algorithm::Basic => Encoding::Base64,
            _ => Encoding::Either,
        }
    }

    fn check(&self) -> Result<(), SchemeError> {
        let (header, numbered) = self.headers()?;
        let mut seen: Vec<&str> = Vec::new();
        let own = self.signature_field.is_none().then_some(&header).into_iter().chain(&numbered);
        let beside = [&self.timestamp_header, &self.id_header].into_iter().flatten();
        for name in own.chain(beside).chain(self.more_headers.iter().flatten()) {
            if !is_header_name(name) {
                return Err(SchemeError::HeaderName(name.clone()));
            }
            if seen.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return Err(SchemeError::SharedHeader(name.clone()));
            }
            seen.push(name);
        }
        if let Some(wrong) = self.topics.iter().flatten().find(|topic| !certified::may_be_topic(topic)) {
            return Err(SchemeError::Topic(wrong.clone()));
        }
        let is_list = self.version.as_ref().is_some_and(|version| !version.is_empty());
        if !is_list && (self.timestamp_element.is_some() || self.names_element.is_some()) {
            return Err(SchemeError::NoList);
        }
        Ok(())
    }
}

fn checked_prefix(prefix: &str, algorithm: Algorithm) -> Result<Prefix, SchemeError> {
    if !prefix.bytes().all(|c| c.is_ascii_graphic() || c == b' ') {
        return Err(SchemeError::PrefixText(prefix.to_owned()));
    }
    // `sha256=` says only which hash, so it fits RSA over SHA-256 too; `sha1=` before SHA-256 fits nothing.
    let named = Algorithm::ALL.into_iter().find(|a| a.prefixes().contains(&prefix));
    match named {
        Some(named) if named.is_sha1() != algorithm.is_sha1() => {
            Err(SchemeError::PrefixNamesOther { prefix: prefix.to_owned(), algorithm })
        }
        _ => Ok(Prefix::Required(prefix.to_owned())),
    }
}

fn field_and_value(text: &str) -> Result<(String, String), SchemeError> {
    let pair = text.split_once('=').filter(|(field, _)| !field.is_empty());
    let (field, value) = pair.ok_or_else(|| SchemeError::Sha1When(text.to_owned()))?;
    Ok((field.to_owned(), value.to_owned()))
}

fn event_type() -> Vec<Source> {
    let body = ["type", "event_type", "event"].map(|path| Source::Body(path.to_owned()));
    let headers = ["X-Event-Type", "X-Webhook-Event"].map(|name| Source::Header(name.to_owned()));
    body.into_iter().chain(headers).collect()
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c))
}

impl From<CustomScheme> for SchemeTable {
    fn from(custom: CustomScheme) -> Self {
        Self {
            algorithm: Some(custom.algorithm),
            header: Some(custom.header),
            encoding: Some(custom.encoding),
            prefix: custom.prefix,
            signed_content: custom.signed_content,
            timestamp_header: custom.timestamp_header,
            id_header: custom.id_header,
            ..Self::default()
        }
    }
}
