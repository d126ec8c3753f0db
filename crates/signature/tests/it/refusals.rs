//! Each way of being wrong has its own answer, and they are decided in one order.

use hookstream_signature::{
    CustomScheme, Flaw, Key, Refusal, Scheme, SchemeError, SchemeTable, Secret, SecretError, Signer,
    SigningKey, Verifier, VerifierError, create_verifier,
};

const NOW: i64 = 1_700_000_000;
const BODY: &[u8] = b"{\"type\":\"x\"}";

fn headers(scheme: Scheme) -> Vec<(String, String)> {
    Signer::new(scheme, Secret::new("key").unwrap()).unwrap().sign(BODY, NOW, Some("id-1")).unwrap()
}

fn verifier(scheme: Scheme) -> Verifier {
    Verifier::new(scheme, vec![Key::Shared(Secret::new("key").unwrap())], 300).unwrap()
}

fn stripe(value: &str) -> Result<(), Refusal> {
    create_verifier("stripe", "key").unwrap().verify(&[("stripe-signature", value)], BODY, NOW).map(|_| ())
}

fn flaw(verdict: Result<impl Sized, Refusal>) -> Flaw {
    match verdict {
        Err(Refusal::Malformed { why, .. }) => why,
        Err(other) => panic!("refused otherwise: {other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn the_order_is_missing_malformed_stale_invalid() {
    let verifier = verifier(Scheme::slack());
    let code = |headers: &[(&str, &str)], now| verifier.verify(&headers, BODY, now).unwrap_err().code();
    let good = format!("v0={}", "a".repeat(64));
    let now = NOW.to_string();
    assert_eq!(code(&[("X-Slack-Signature", "junk")], NOW), "missing_signature");
    assert_eq!(code(&[("X-Slack-Request-Timestamp", "junk")], NOW), "missing_signature");
    let both = [("X-Slack-Signature", "junk"), ("X-Slack-Request-Timestamp", now.as_str())];
    assert_eq!(code(&both, NOW + 1000), "malformed_signature");
    let well_formed = [("X-Slack-Signature", good.as_str()), ("X-Slack-Request-Timestamp", now.as_str())];
    assert_eq!(code(&well_formed, NOW + 1000), "stale_timestamp");
    assert_eq!(code(&well_formed, NOW), "invalid_signature");
}

#[test]
fn a_time_at_the_tolerance_is_in_time_on_both_sides_and_a_second_more_is_not() {
    for scheme in [Scheme::stripe(), Scheme::slack(), Scheme::standard_webhooks()] {
        let (verifier, headers) = (verifier(scheme.clone()), headers(scheme));
        for now in [NOW - 300, NOW, NOW + 300] {
            assert!(verifier.verify(&headers, BODY, now).is_ok());
        }
        for now in [NOW - 301, NOW + 301] {
            let expected = Refusal::Stale { timestamp: NOW, now, tolerance: 300 };
            assert_eq!(verifier.verify(&headers, BODY, now), Err(expected));
        }
    }
}

#[test]
fn github_has_no_time_and_is_never_stale() {
    let headers = headers(Scheme::github());
    assert!(verifier(Scheme::github()).verify(&headers, BODY, NOW * 2).is_ok());
}

#[test]
fn githubs_older_sha1_header_never_counts() {
    // `printf 'Hello, World!' | openssl dgst -sha1 -hmac "It's a Secret to Everybody"`
    let verifier = create_verifier("github", "It's a Secret to Everybody").unwrap();
    let sha1 = "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59";
    let only_old = verifier.verify(&[("X-Hub-Signature", sha1)], b"Hello, World!", NOW);
    assert_eq!(only_old.unwrap_err().code(), "missing_signature");
    let in_new = verifier.verify(&[("X-Hub-Signature-256", sha1)], b"Hello, World!", NOW);
    assert_eq!(flaw(in_new), Flaw::OtherAlgorithm);
}

#[test]
fn a_signature_header_sent_twice_must_say_the_same_twice() {
    for scheme in [Scheme::stripe(), Scheme::github(), Scheme::slack(), Scheme::standard_webhooks()] {
        let (verifier, headers) = (verifier(scheme.clone()), headers(scheme));
        let proven = headers.iter().filter(|(name, _)| name != "X-GitHub-Delivery");
        for (name, value) in proven {
            let again = |value: &str| [&headers[..], &[(name.clone(), value.to_owned())]].concat();
            assert!(verifier.verify(&again(value), BODY, NOW).is_ok());
            assert_eq!(flaw(verifier.verify(&again("another"), BODY, NOW)), Flaw::Repeated, "{name}");
        }
    }
}

#[test]
fn junk_in_a_stripe_header_is_malformed() {
    let mac = "a".repeat(64);
    assert_eq!(flaw(stripe("")), Flaw::Empty);
    assert_eq!(flaw(stripe(&format!("v1={mac}"))), Flaw::NoTimestamp);
    assert_eq!(flaw(stripe(&format!("t={NOW}"))), Flaw::NoSignature);
    assert_eq!(flaw(stripe(&format!("t={NOW},v0={mac}"))), Flaw::NoSignature);
    assert_eq!(flaw(stripe(&format!("t={NOW},t={NOW},v1={mac}"))), Flaw::RepeatedTimestamp);
    assert_eq!(flaw(stripe(&format!("t={NOW},v1="))), Flaw::NoSignature);
    assert_eq!(flaw(stripe(&format!("t={NOW},v1={}", &mac[1..]))), Flaw::WrongLength);
    assert_eq!(flaw(stripe(&format!("t={NOW},v1={mac}0"))), Flaw::WrongLength);
    assert_eq!(flaw(stripe(&format!("t={NOW},v1=g{}", &mac[1..]))), Flaw::NotHex);
    assert_eq!(flaw(stripe(&format!("t={NOW},v1={}", mac.to_uppercase()))), Flaw::NotHex);
    assert_eq!(flaw(stripe(&format!("t={NOW},v1=é{}", &mac[2..]))), Flaw::NotAscii);
    assert_eq!(flaw(stripe(&format!("t={NOW},v1={mac}{}", " ".repeat(5000)))), Flaw::TooLong);
    for time in ["", "1.7e9", "+1700000000", "-1", "01700000000", "1700000000.0", "now", " 1700000000"] {
        assert_eq!(flaw(stripe(&format!("t={time},v1={mac}"))), Flaw::NotATimestamp, "{time:?}");
    }
}

#[test]
fn a_prefix_must_name_the_configured_algorithm() {
    let value = headers(Scheme::named("custom").unwrap())[0].1.clone();
    let verdict = |prefix: &str| {
        let value = [prefix, value.as_str()].concat();
        create_verifier("custom", "key").unwrap().verify(&[("X-Webhook-Signature", value)], BODY, NOW)
    };
    for prefix in ["", "sha256=", "hmac-sha256="] {
        assert!(verdict(prefix).is_ok(), "{prefix}");
    }
    for prefix in ["sha1=", "hmac-sha1=", "rsa-sha256="] {
        assert_eq!(flaw(verdict(prefix)), Flaw::OtherAlgorithm, "{prefix}");
    }
    for prefix in ["SHA256=", "sha256:", "md5=", "sha256=sha256="] {
        assert!(matches!(flaw(verdict(prefix)), Flaw::NotHexNorBase64 | Flaw::WrongLength), "{prefix}");
    }
}

#[test]
fn a_configured_prefix_is_required() {
    let scheme = CustomScheme { prefix: Some("sha256=".into()), ..CustomScheme::default() };
    let scheme = Scheme::custom(scheme).unwrap();
    let value = headers(scheme.clone())[0].1.clone();
    let verifier = verifier(scheme);
    let verdict = |value: &str| verifier.verify(&[("x-webhook-signature", value)], BODY, NOW);
    assert!(verdict(&value).is_ok());
    assert_eq!(flaw(verdict(value.strip_prefix("sha256=").unwrap())), Flaw::NoPrefix);
}

#[test]
fn an_id_that_could_be_read_in_two_ways_is_malformed() {
    let verifier = verifier(Scheme::standard_webhooks());
    let mut headers = headers(Scheme::standard_webhooks());
    headers[2].1 = "id.1".to_owned();
    assert_eq!(flaw(verifier.verify(&headers, BODY, NOW)), Flaw::AmbiguousId);
}

#[test]
fn there_is_no_verifier_without_a_key_that_fits() {
    let error = |result: Result<Verifier, VerifierError>| result.unwrap_err().to_string();
    for secret in ["", " ", "\n"] {
        assert!(error(create_verifier("github", secret)).contains("empty"));
    }
    assert_eq!(Secret::new("").unwrap_err(), SecretError::Empty);
    assert_eq!(Verifier::new(Scheme::github(), vec![], 300).unwrap_err(), VerifierError::NoKeys);
    assert!(error(create_verifier("githup", "key")).contains("github"));
    assert!(error(create_verifier("standard-webhooks", "whsec_!")).contains("base64"));
    let public = Key::PublicPem(include_str!("../vectors/rsa-2048.public.pem").to_owned());
    let confused = Verifier::new(Scheme::github(), vec![public.clone()], 300);
    assert!(error(confused).contains("shared secret"), "a public key is no HMAC secret");
    let rsa = || {
        let algorithm = "rsa-sha256".parse().unwrap();
        Scheme::custom(CustomScheme { algorithm, ..CustomScheme::default() }).unwrap()
    };
    assert!(Verifier::new(rsa(), vec![public], 300).is_ok());
    assert!(error(Verifier::new(rsa(), vec![Key::Shared(Secret::new("k").unwrap())], 300)).contains("PEM"));
    for (pem, told) in [
        ("", "no PEM"),
        (include_str!("../vectors/rsa-2048.pem"), "no PEM"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "can be read"),
        (include_str!("../vectors/rsa-1024.public.pem"), "1024 bits"),
    ] {
        let told_of = error(Verifier::new(rsa(), vec![Key::PublicPem(pem.to_owned())], 300));
        assert!(told_of.contains(told), "{told_of}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let verifier = create_verifier("stripe", "hunter2-hunter2").unwrap();
    let signer = Signer::new(Scheme::stripe(), Secret::new("hunter2-hunter2").unwrap()).unwrap();
    let diagnosis = verifier.diagnose(&[("stripe-signature", "t=1,v1=a")], BODY, NOW);
    let value = &diagnosis.expected[0].value;
    for text in
        [format!("{verifier:?}"), format!("{signer:?}"), format!("{diagnosis:?}"), diagnosis.to_string()]
    {
        assert!(!text.contains("hunter2") && !text.contains(value.as_str()), "{text}");
    }
}

#[test]
fn headers_alone_refuse_nothing_that_the_body_may_decide() {
    let private = SigningKey::PrivatePem(include_str!("../vectors/rsa-2048.pem").into());
    let public = Key::PublicPem(include_str!("../vectors/rsa-2048.public.pem").to_owned());
    let body = br#"{"TopicArn":"arn:aws:sns:eu-west-1:123456789012:orders","cert":"https://acme.example/a"}"#;
    for options in [
        "topics = ['arn:aws:sns:eu-west-1:123456789012:orders']",
        "certificate_url = 'body:cert'\ncertificate_places = ['acme.example/*']",
    ] {
        let table: SchemeTable = toml::from_str(&format!("algorithm = 'rsa-sha256'\n{options}")).unwrap();
        let scheme = table.into_scheme("acme").unwrap();
        let headers = Signer::new(scheme.clone(), private.clone()).unwrap().sign(body, NOW, None).unwrap();
        let verifier = Verifier::new(scheme, vec![public.clone()], 300).unwrap();
        assert!(verifier.verify(&headers, body, NOW).is_ok());
        assert_eq!(verifier.check_headers(&headers, NOW), Ok(()));
    }
}

#[test]
fn only_the_signatures_header_may_be_a_range() {
    let table = |text: &str| toml::from_str::<SchemeTable>(text).unwrap().into_scheme("acme");
    assert!(table("header = 'X-Sign-{1..3}'").is_ok());
    for wrong in ["header = 'X Sign-{1..3}'", "timestamp_header = 'X-{1..3}'", "more_headers = ['X-{1..3}']"]
    {
        assert!(matches!(table(wrong), Err(SchemeError::HeaderName(_))), "{wrong}");
    }
}
