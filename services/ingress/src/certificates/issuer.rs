//! Who issued a certificate, by its own words: Amazon SNS serves its certificates without their issuers.

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::ext::pkix::AuthorityInfoAccessSyntax;
use x509_cert::ext::pkix::name::GeneralName;

/// `id-ad-caIssuers` (RFC 5280, section 4.2.2.1).
const ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");

/// Where the first issuer lies that is not among `issuers`. Nothing, if a certificate does not say it, or issued itself.
pub(crate) fn missing(own: &CertificateDer<'_>, issuers: &[CertificateDer<'_>]) -> Option<String> {
    let issuers: Vec<_> = issuers.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut last = Certificate::from_der(own).ok()?;
    // No chain is longer than its certificates.
    for _ in 0..=issuers.len() {
        let (subject, issuer) = (last.tbs_certificate().subject(), last.tbs_certificate().issuer());
        if subject == issuer {
            return None;
        }
        match issuers.iter().find(|found| found.tbs_certificate().subject() == issuer) {
            Some(found) => last = found.clone(),
            None => return place(&last),
        }
    }
    None
}

fn place(certificate: &Certificate) -> Option<String> {
    let access = certificate.tbs_certificate().get_extension::<AuthorityInfoAccessSyntax>().ok()??.1;
    access.0.into_iter().filter(|one| one.access_method == ISSUERS).find_map(|one| {
        match one.access_location {
            GeneralName::UniformResourceIdentifier(url) => Some(url.as_str().to_owned()),
            _ => None,
        }
    })
}
