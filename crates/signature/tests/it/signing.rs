//! What the signer writes is what other people's code writes.

use hookstream_signature::{
    Algorithm, CustomScheme, Encoding, Key, Scheme, Secret, SignError, Signer, SigningKey, Verifier,
    standard_webhooks,
};

const NOW: i64 = 1_700_000_000;

fn signs_as(vectors: &str, key: impl Fn(&super::vectors::Case) -> SigningKey, id: Option<&str>) {
    for case in super::vectors::load(vectors) {
        let signer = Signer::new(case.scheme(), key(&case)).unwrap();
        let mut ours = signer.sign(&case.body(), NOW, id).unwrap();
        ours.sort();
        assert_eq!(ours, case.headers(), "{}", case.name);
    }
}

fn first_secret(case: &super::vectors::Case) -> SigningKey {
    Secret::new(case.key()).unwrap().into()
}

#[test]
fn stripes_and_slacks_libraries_write_the_same() {
    signs_as(include_str!("../vectors/stripe.json"), first_secret, None);
    signs_as(include_str!("../vectors/slack.json"), first_secret, None);
    signs_as(include_str!("../vectors/github.json"), first_secret, None);
}

#[test]
fn the_standard_webhooks_library_writes_the_same() {
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    let vectors = include_str!("../vectors/standard-webhooks.json");
    signs_as(vectors, first_secret, Some(id));
    for case in super::vectors::load(vectors) {
        let value = standard_webhooks::sign(&Secret::new(case.key()).unwrap(), id, NOW, &case.body());
        assert!(case.headers().contains(&("webhook-signature".to_owned(), value)), "{}", case.name);
    }
}

#[test]
fn openssl_writes_the_same_rsa_signatures_from_either_form_of_private_key() {
    let all = super::vectors::load(include_str!("../vectors/rsa.json"));
    for case in all.iter().filter(|case| case.name.starts_with("2048")) {
        for pem in [include_str!("../vectors/rsa-2048.pem"), include_str!("../vectors/rsa-2048.pkcs1.pem")] {
            let signer = Signer::new(case.scheme(), SigningKey::PrivatePem(pem.into())).unwrap();
            assert_eq!(signer.sign(&case.body(), NOW, None).unwrap(), case.headers(), "{}", case.name);
        }
    }
}

#[test]
fn a_scheme_that_signs_the_id_needs_one_that_cannot_be_misread() {
    let signer = Signer::new(Scheme::standard_webhooks(), Secret::new("key").unwrap()).unwrap();
    assert!(matches!(signer.sign(b"", NOW, None), Err(SignError::NeedsId { .. })));
    assert!(matches!(signer.sign(b"", NOW, Some("a.b")), Err(SignError::Id(_))));
    assert!(matches!(signer.sign(b"", NOW, Some("")), Err(SignError::Id(_))));
}

#[test]
fn the_id_is_sent_where_the_provider_has_a_header_for_it() {
    let signer = Signer::new(Scheme::github(), Secret::new("key").unwrap()).unwrap();
    let headers = signer.sign(b"", NOW, Some("delivery-1")).unwrap();
    assert!(headers.contains(&("X-GitHub-Delivery".to_owned(), "delivery-1".to_owned())));
}

#[test]
fn a_signer_wants_the_key_of_its_algorithm() {
    let private = || SigningKey::PrivatePem(include_str!("../vectors/rsa-2048.pem").into());
    let rsa = CustomScheme { algorithm: "rsa-sha1".parse().unwrap(), ..CustomScheme::default() };
    let rsa = Scheme::custom(rsa).unwrap();
    assert!(Signer::new(Scheme::stripe(), private()).is_err());
    assert!(Signer::new(rsa.clone(), Secret::new("key").unwrap()).is_err());
    let headers = Signer::new(rsa.clone(), private()).unwrap().sign(b"b", NOW, None).unwrap();
    let public = Key::PublicPem(include_str!("../vectors/rsa-2048.public.pkcs1.pem").to_owned());
    assert!(Verifier::new(rsa, vec![public], 300).unwrap().verify(&headers, b"b", NOW).is_ok());
}

#[test]
fn an_unreadable_whsec_secret_is_told_of_before_it_signs() {
    let check = |text: &str| standard_webhooks::check(&Secret::new(text).unwrap());
    assert!(check("whsec_AAEC").is_ok());
    assert!(check("any text").is_ok());
    assert!(check("whsec_?").is_err());
}

#[test]
fn what_is_signed_with_a_key_of_ones_own_is_read_in_whichever_encoding() {
    let ecdsa = |encoding: Encoding| {
        let algorithm = Algorithm::EcdsaP256;
        Scheme::custom(CustomScheme { algorithm, encoding, ..CustomScheme::default() }).unwrap()
    };
    let private = SigningKey::PrivatePem(include_str!("../vectors/p256.pem").into());
    let key = Key::PublicPem(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWiE+Vr/HpdCM8sfhp1RgilHQ8FuItzFkiz7ajI1WfHinUESsj6c6XQfACHBDDCvXTPqeuu7vYvfHJW0x\
         UyI84Q==".to_owned(),
    );
    let verifier = Verifier::new(ecdsa(Encoding::Either), vec![key], 300).unwrap();
    for encoding in [Encoding::Either, Encoding::Hex, Encoding::Base64] {
        let headers = Signer::new(ecdsa(encoding), private.clone()).unwrap().sign(b"a", NOW, None).unwrap();
        assert!(verifier.verify(&headers, b"a", NOW).is_ok(), "{encoding}");
    }
}
