use std::path::Path;
use std::process::Command;

use super::*;

/// A key that signs for a hundred years, under a certificate of its own.
const FIXED: &[u8] = include_bytes!("../../../../../crates/signature/tests/vectors/rsa-2048.certificate.pem");

const A_DAY: u64 = 86_400_000;

impl Chain {
    /// One that no authority issued.
    pub(crate) fn nothing() -> Self {
        Self::read(FIXED, Algorithm::RsaSha256).unwrap()
    }
}

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A chain for `signer.example`, valid for two days, and the authority that issued it.
fn issued() -> (Chain, RootCertStore) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("names"), "subjectAltName=DNS:signer.example\n").unwrap();
    openssl(at, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 30");
    openssl(at, "req -newkey rsa:2048 -nodes -keyout key.pem -out request -subj /CN=signer.example");
    openssl(at, "x509 -req -in request -CA ca.pem -CAkey ca.key -out cert.pem -days 2 -extfile names");
    let mut authorities = RootCertStore::empty();
    authorities.add(CertificateDer::from_pem_file(at.join("ca.pem")).unwrap()).unwrap();
    (Chain::read(&std::fs::read(at.join("cert.pem")).unwrap(), Algorithm::RsaSha256).unwrap(), authorities)
}

fn names(name: &str) -> [String; 2] {
    ["not a name".to_owned(), name.to_owned()]
}

#[test]
fn a_chain_is_good_for_its_time_its_name_and_those_who_trust_its_authority() {
    let (chain, authorities) = issued();
    let now = Millis::now();
    let key = |name: &str, at: Millis, trusted: &RootCertStore| {
        chain.key(&names(name), at, trusted).map(|key| key.fingerprint())
    };
    let right = key("signer.example", now, &authorities);
    assert!(right.is_ok(), "{right:?}");
    assert_eq!(key("signer.example", Millis(now.0 + 3 * A_DAY), &authorities), Err(Distrust::Expired));
    assert_eq!(key("signer.example", Millis(now.0 - A_DAY), &authorities), Err(Distrust::NotYet));
    assert_eq!(key("signer.example", now, &authorities), right, "judged anew for another time");
    for foreign in ["other.example", "a.signer.example", "example"] {
        assert_eq!(key(foreign, now, &authorities), Err(Distrust::ForeignName), "{foreign}");
    }
    let later = Millis(now.0 + 120_000);
    assert_eq!(key("signer.example", later, &RootCertStore::empty()), Err(Distrust::UnknownIssuer));
}

#[test]
fn an_authority_is_not_taken_for_a_signer() {
    let mut authorities = RootCertStore::empty();
    authorities.add(CertificateDer::from_pem_slice(FIXED).unwrap()).unwrap();
    let judged = Chain::nothing().key(&names("a test"), Millis::now(), &authorities);
    assert_eq!(judged.err(), Some(Distrust::Unfit));
}

#[test]
fn an_issuer_is_added_once_and_only_if_it_is_a_certificate() {
    let (mut chain, _) = issued();
    assert!(chain.add_issuer(FIXED));
    assert!(!chain.add_issuer(FIXED));
    assert!(!chain.add_issuer(b"<html>"));
    let der = CertificateDer::from_pem_slice(FIXED).unwrap();
    assert!(issued().0.add_issuer(&der), "authorities serve DER");
}

proptest::proptest! {
    #[test]
    fn whatever_lies_at_a_url_is_a_certificate_or_is_not(mut text: Vec<u8>, flip in 0..FIXED.len(), to: u8) {
        drop(Chain::read(&text, Algorithm::RsaSha256));
        text = FIXED.to_vec();
        text[flip] = to;
        if let Ok(mut chain) = Chain::read(&text, Algorithm::RsaSha256) {
            let _ = chain.key(&names("a.example"), Millis(0), &RootCertStore::empty());
            let _ = chain.missing_issuer(Millis(0), &RootCertStore::empty());
            chain.add_issuer(&text);
        }
    }
}
