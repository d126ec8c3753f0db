//! Schemes whose requests name the certificate that they were signed with.
//!
//! Whoever judges such a request fetches the certificate from where [`Verifier::certificate`](crate::Verifier::certificate)
//! says, sees that its chain ends at an authority that is trusted and that it bears one of the names, and gives its key to
//! [`Verifier::verify_by`](crate::Verifier::verify_by). Nothing of that is done here.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    Algorithm, Fingerprint, Flaw, KeyError, Refusal, Request, Scheme, Source, body_path, key::Checker,
    reading::malformed, urls,
};

/// Where the body of an Amazon SNS message says whose it is.
const TOPIC: &str = "TopicArn";

/// Where a request's certificate lies, and whose it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificatePlace {
    /// An https URL at the provider's.
    pub url: String,
    /// Host names of which the certificate must bear one.
    pub names: Vec<String>,
}

/// The public key of a certificate that was found good, read once.
#[derive(Clone)]
pub struct CertificateKey {
    pub(crate) checker: Checker,
}

// === impl CertificateKey ===

impl CertificateKey {
    /// Reads the DER of a certificate's `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// It is not a key of the algorithm's kind, or of a size that is not safe.
    pub fn new(algorithm: Algorithm, subject_public_key_info: &[u8]) -> Result<Self, KeyError> {
        let checker = Checker::public(algorithm, &STANDARD.encode(subject_public_key_info))?;
        Ok(Self { checker })
    }

    /// Names the key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.checker.fingerprint
    }
}

impl std::fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CertificateKey").field(&self.fingerprint()).finish()
    }
}

// === impl Scheme ===

impl Scheme {
    /// Whether requests name the certificate that they were signed with, so that no key has to be known before.
    pub fn names_certificate(&self) -> bool {
        self.certificate_url.is_some() && !self.certificate_names.is_empty()
    }

    /// Whether an https URL lies on one of the hosts where the provider's certificates do.
    pub fn is_own_host(&self, url: &str) -> bool {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let host = |place: &String| place.split_once('/').map(|(host, _)| format!("{host}/*"));
        self.certificate_places.iter().filter_map(host).any(|place| urls::star(url, &place).is_some())
    }

    /// The topics that may send, as the endpoint has them; none: all.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    /// The certificate that the request names, if the scheme has it name one: it has to be the provider's own.
    pub(crate) fn certificate(&self, request: &Request<'_>) -> Result<Option<CertificatePlace>, Refusal> {
        let Some(source) = &self.certificate_url else { return Ok(None) };
        let place = match source {
            Source::Header(name) => name.clone(),
            Source::Body(path) => format!("body:{path}"),
        };
        let Some(url) = source.find(request.headers, request.body) else {
            return Err(Refusal::Missing { header: place });
        };
        let Some(star) = self.certificate_places.iter().find_map(|own| urls::star(&url, own)) else {
            return Err(malformed(&place, Flaw::ForeignCertificate));
        };
        let names = self.certificate_names.iter().map(|name| name.replace('*', star)).collect();
        Ok(Some(CertificatePlace { url, names }))
    }

    /// Whether the message is of a topic that may send.
    pub(crate) fn check_topic(&self, body: &[u8]) -> Result<(), Refusal> {
        if self.topics.is_empty() {
            return Ok(());
        }
        let place = || format!("body:{TOPIC}");
        let topic = body_path::pick(body, TOPIC).ok_or_else(|| Refusal::Missing { header: place() })?;
        let is_own = self.topics.iter().any(|own| is_topic(&topic, own));
        if is_own { Ok(()) } else { Err(malformed(&place(), Flaw::ForeignTopic)) }
    }
}

/// Parts of an ARN.
const PARTS: usize = 6;

/// Whether some topic could be meant: otherwise every message would be refused.
pub(crate) fn may_be_topic(own: &str) -> bool {
    let parts: Vec<_> = own.split(':').collect();
    parts.len() == PARTS && parts.iter().all(|part| *part == "*" || (!part.is_empty() && !part.contains('*')))
}

/// `*` in `own` stands for a whole part between colons, and an ARN has six.
fn is_topic(topic: &str, own: &str) -> bool {
    let (topic, own): (Vec<_>, Vec<_>) = (topic.split(':').collect(), own.split(':').collect());
    topic.len() == own.len() && topic.iter().zip(&own).all(|(topic, own)| topic == own || *own == "*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SchemeError, SchemeTable};

    #[test]
    fn a_star_is_one_part_of_a_topics_name_and_no_more() {
        let topic = "arn:aws:sns:eu-west-1:123456789012:orders";
        for own in [topic, "arn:aws:sns:*:123456789012:*"] {
            assert!(is_topic(topic, own), "{own}");
        }
        for own in [
            "arn:aws:sns:eu-west-1:999999999999:*",
            "*",
            "arn:aws:sns:*",
            "",
            "arn:aws:sns:eu-west-1:123456789012:ord*",
        ] {
            assert!(!is_topic(topic, own), "{own}");
        }
        assert!(!is_topic("arn:aws:sns:eu-west-1:666:x:123456789012:orders", "arn:aws:sns:*:123456789012:*"));
    }

    #[test]
    fn a_topic_that_could_never_send_is_a_mistake() {
        let with = |topic: &str| {
            let table = SchemeTable { topics: Some(vec![topic.to_owned()]), ..SchemeTable::default() };
            table.over(SchemeTable::named("aws-sns").unwrap()).into_scheme("aws-sns")
        };
        assert!(with("arn:aws:sns:eu-west-1:123456789012:orders").is_ok());
        assert!(with("arn:aws:sns:*:123456789012:*").is_ok());
        for wrong in ["orders", "*", "", "arn:aws:sns:eu-west-1::orders", "arn:aws:sns:eu-west-1:1:ord*"] {
            assert_eq!(with(wrong), Err(SchemeError::Topic(wrong.to_owned())));
        }
    }

    #[test]
    fn a_confirmation_lies_on_the_hosts_of_the_certificates() {
        let sns = Scheme::named("aws-sns").unwrap();
        assert!(sns.is_own_host("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=a/b"));
        for foreign in [
            "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
            "https://evil.example/?https://sns.eu-west-1.amazonaws.com/",
            "https://sns.eu-west-1.amazonaws.com@evil.example/?a",
            "https://sns.eu-west-1.amazonaws.com:8443/?a",
            "https://sns.eu-west-1.amazonaws.com.evil.example/",
            "https://evil.example#.sns.eu-west-1.amazonaws.com/",
        ] {
            assert!(!sns.is_own_host(foreign), "{foreign}");
        }
    }

    #[test]
    fn names_of_a_certificate_go_by_the_region_it_lies_in() {
        let sns = Scheme::named("aws-sns").unwrap();
        let body =
            br#"{"SigningCertURL":"https://sns.af-south-1.amazonaws.com/SimpleNotificationService-1.pem"}"#;
        let headers: [(&str, &str); 0] = [];
        let place = sns.certificate(&Request::new(&&headers[..], body)).unwrap().unwrap();
        assert!(place.url.ends_with("-1.pem"));
        for name in
            ["sns.amazonaws.com", "sns-signing.af-south-1.amazonaws.com", "sns.af-south-1.amazonaws.com"]
        {
            assert!(place.names.iter().any(|own| own == name), "{name}");
        }
        assert!(place.names.iter().all(|name| !name.contains('*')));
    }
}
