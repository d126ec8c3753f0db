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

#[test]
fn a_key_with_an_end_counts_up_to_and_with_that_second_and_the_others_go_on() {
    let keys = ["new", "old", "older"].map(|k| Key::Shared(secret(k)));
    let verifier = Verifier::new(Scheme::github(), keys.to_vec(), 300).unwrap();
    let verifier = verifier.until(2, NOW - 60).until(1, NOW);
    let headers =
        |key: &str| Signer::new(Scheme::github(), secret(key)).unwrap().sign(b"b", NOW, None).unwrap();
    let matching =
        |key: &str, now| verifier.verify(&headers(key), b"b", now).map(|proof| proof.key_index).ok();
    let at = |now| ["new", "old", "older"].map(|key| matching(key, now));
    assert_eq!(at(NOW - 60), [Some(0), Some(1), Some(2)]);
    assert_eq!(at(NOW - 59), [Some(0), Some(1), None]);
    assert_eq!(at(NOW), [Some(0), Some(1), None]);
    assert_eq!(at(NOW + 1), [Some(0), None, None]);
}

#[test]
fn of_two_equal_keys_the_one_that_has_ended_does_not_count() {
    let keys = vec![secret("k").into(), secret("k").into()];
    let verifier = Verifier::new(Scheme::stripe(), keys, 300).unwrap().until(0, NOW - 1);
    let proof = verifier.verify(&[("Stripe-Signature", stripe_value("k"))], b"b", NOW).unwrap();
    assert_eq!(proof.key_index, 1);
}

#[test]
fn an_end_holds_for_the_way_a_provider_signed_before_too() {
    let key = || secret("whsec_AAECAwQFBgc=");
    let svix = Scheme::named("svix").unwrap();
    let verifier = Verifier::new(svix, vec![key().into()], 300).unwrap().until(0, NOW);
    let headers =
        Signer::new(Scheme::standard_webhooks(), key()).unwrap().sign(b"b", NOW, Some("m")).unwrap();
    assert!(verifier.verify(&headers, b"b", NOW).is_ok());
    assert_eq!(verifier.verify(&headers, b"b", NOW + 1).unwrap_err().code(), "invalid_signature");
}

#[test]
fn an_end_for_a_key_that_is_not_there_changes_nothing() {
    let verifier = Verifier::new(Scheme::stripe(), vec![secret("k").into()], 300).unwrap().until(1, 0);
    assert!(verifier.verify(&[("Stripe-Signature", stripe_value("k"))], b"b", NOW).is_ok());
}
