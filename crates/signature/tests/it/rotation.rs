//! Several keys and several signatures at once.

use hookstream_signature::{Key, Refusal, Scheme, Secret, Signer, Verifier};

const NOW: i64 = 1_700_000_000;

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn stripe_value(key: &str) -> String {
    Signer::new(Scheme::stripe(), secret(key)).unwrap().sign(b"b", NOW, None).unwrap().remove(0).1
}

#[test]
fn any_of_the_keys_may_match_and_the_proof_says_which() {
    let keys = ["new", "old", "older"].map(|k| Key::Shared(secret(k)));
    let verifier = Verifier::new(Scheme::stripe(), keys.to_vec(), 300).unwrap();
    for (index, key) in ["new", "old", "older"].into_iter().enumerate() {
        let proof = verifier.verify(&[("Stripe-Signature", stripe_value(key))], b"b", NOW).unwrap();
        assert_eq!((proof.key_index, proof.key_fingerprint), (index, secret(key).fingerprint()));
        assert_eq!(&*proof.scheme, "stripe");
    }
    let gone = verifier.verify(&[("Stripe-Signature", stripe_value("gone"))], b"b", NOW);
    assert_eq!(gone, Err(Refusal::Invalid { header: "Stripe-Signature".into(), keys: 3 }));
}

#[test]
fn of_two_equal_keys_the_first_is_named() {
    let verifier =
        Verifier::new(Scheme::stripe(), vec![secret("k").into(), secret("k").into()], 300).unwrap();
    let proof = verifier.verify(&[("Stripe-Signature", stripe_value("k"))], b"b", NOW).unwrap();
    assert_eq!(proof.key_index, 0);
}

#[test]
fn any_of_the_signatures_may_match() {
    let verifier = Verifier::new(Scheme::stripe(), vec![secret("new").into()], 300).unwrap();
    let signature = |key: &str| stripe_value(key).split_once(',').unwrap().1.to_owned();
    let (old, new) = (signature("old"), signature("new"));
    let junk = format!("v1={}", "z".repeat(64));
    for list in [
        format!("t={NOW},{old},{new}"),
        format!("t={NOW},{new},{old}"),
        format!("{new},v0=zz,future=1,t={NOW}"),
        format!("t={NOW},{junk},{new}"),
        format!("t={NOW}{},{new}", format!(",{old}").repeat(15)),
    ] {
        assert!(verifier.verify(&[("Stripe-Signature", list.as_str())], b"b", NOW).is_ok(), "{list}");
    }
    let too_many = format!("t={NOW}{},{new}", format!(",{old}").repeat(16));
    let verdict = verifier.verify(&[("Stripe-Signature", too_many)], b"b", NOW);
    assert_eq!(verdict.unwrap_err().code(), "malformed_signature");
}

#[test]
fn standard_webhooks_lists_may_hold_other_versions() {
    let signer = Signer::new(Scheme::standard_webhooks(), secret("whsec_AAECAwQFBgc=")).unwrap();
    let mut headers = signer.sign(b"b", NOW, Some("m")).unwrap();
    let key = vec![secret("whsec_AAECAwQFBgc=").into()];
    let verifier = Verifier::new(Scheme::standard_webhooks(), key, 300).unwrap();
    headers[0].1 = format!("v1a,{} v1,bm90aGluZw== {}", "A".repeat(86), headers[0].1);
    assert!(verifier.verify(&headers, b"b", NOW).is_ok());
}

#[test]
fn rsa_keys_of_different_lengths_rotate_too() {
    let public =
        [include_str!("../vectors/rsa-4096.public.pem"), include_str!("../vectors/rsa-2048.public.pem")];
    let cases = super::vectors::load(include_str!("../vectors/rsa.json"));
    let case = cases.iter().find(|c| c.name == "2048 bits, sha256, SPKI").unwrap();
    let keys = public.map(|pem| Key::PublicPem(pem.to_owned())).to_vec();
    let verifier = Verifier::new(case.scheme(), keys, 300).unwrap();
    assert_eq!(verifier.verify(&case.headers(), &case.body(), NOW).unwrap().key_index, 1);
}
