//! For any body, time, id and secret.

use hookstream_signature::{CustomScheme, Encoding, Key, Refusal, Scheme, Secret, Signer, Verifier};
use proptest::prelude::*;

const NOW: i64 = 1_700_000_000;

type Headers = Vec<(String, Vec<u8>)>;

fn schemes() -> impl Strategy<Value = Scheme> {
    let custom = |encoding, content: &str| {
        Scheme::custom(CustomScheme {
            encoding,
            signed_content: Some(content.to_owned()),
            timestamp_header: Some("X-Time".to_owned()),
            id_header: Some("X-Id".to_owned()),
            ..CustomScheme::default()
        })
        .unwrap()
    };
    prop_oneof![
        Just(Scheme::stripe()),
        Just(Scheme::github()),
        Just(Scheme::slack()),
        Just(Scheme::standard_webhooks()),
        Just(custom(Encoding::Base64, "{id}.{timestamp}.{body}")),
        Just(custom(Encoding::LowerHex, "{timestamp}:{body}")),
    ]
}

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn verifier(scheme: &Scheme, key: &str) -> Verifier {
    Verifier::new(scheme.clone(), vec![Key::Shared(secret(key))], 300).unwrap()
}

fn signed(scheme: &Scheme, key: &str, body: &[u8], id: &str) -> Headers {
    let signer = Signer::new(scheme.clone(), secret(key)).unwrap();
    let headers = signer.sign(body, NOW, Some(id)).unwrap();
    headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect()
}

/// The headers that the scheme proves: GitHub's delivery id, say, is not one of them.
fn proven(scheme: &Scheme, headers: &Headers) -> Vec<usize> {
    let is_proven = |name: &str| {
        name == scheme.header() || Some(name) == scheme.timestamp_header() || scheme.signed_content().has_id()
    };
    (0..headers.len()).filter(|place| is_proven(&headers[*place].0)).collect()
}

proptest! {
    #[test]
    fn what_is_signed_is_verified(
        scheme in schemes(), key in "[ -~]*[!-~]", body: Vec<u8>, id in "[a-zA-Z0-9_-]{1,40}",
    ) {
        let headers = signed(&scheme, &key, &body, &id);
        let proof = verifier(&scheme, &key).verify(&headers, &body, NOW).unwrap();
        prop_assert_eq!(proof.key_fingerprint, secret(&key).fingerprint());
        prop_assert_eq!(proof.timestamp, scheme.has_timestamp().then_some(NOW));
    }

    #[test]
    fn any_bit_changed_in_the_body_is_refused(
        scheme in schemes(), body in prop::collection::vec(any::<u8>(), 1..200), place: prop::sample::Index, bit in 0_u32..8,
    ) {
        let headers = signed(&scheme, "key", &body, "id");
        let mut changed = body;
        *place.get_mut(&mut changed) ^= 1_u8 << bit;
        let verdict = verifier(&scheme, "key").verify(&headers, &changed, NOW);
        prop_assert!(matches!(verdict, Err(Refusal::Invalid { .. })), "{verdict:?}");
    }

    #[test]
    fn any_bit_changed_in_a_proven_header_is_refused(
        scheme in schemes(), body: Vec<u8>, which: prop::sample::Index, place: prop::sample::Index, bit in 0_u32..8,
    ) {
        let mut headers = signed(&scheme, "key", &body, "id");
        let proven = proven(&scheme, &headers);
        let (name, value) = &mut headers[*which.get(&proven)];
        *place.get_mut(value) ^= 1_u8 << bit;
        let what = format!("{name}: {}", String::from_utf8_lossy(value));
        prop_assert!(verifier(&scheme, "key").verify(&headers, &body, NOW).is_err(), "{what}");
    }

    #[test]
    fn any_bit_changed_in_the_key_is_refused(
        scheme in schemes(), key in "[!-~]{1,60}", place: prop::sample::Index, bit in 0_u32..7,
    ) {
        let headers = signed(&scheme, &key, b"body", "id");
        let mut changed = key.into_bytes();
        *place.get_mut(&mut changed) ^= 1_u8 << bit;
        let changed = String::from_utf8(changed).unwrap();
        prop_assume!(!changed.trim().is_empty() && !changed.ends_with('\0'));
        prop_assert!(verifier(&scheme, &changed).verify(&headers, b"body", NOW).is_err());
    }

    #[test]
    fn a_proof_cut_short_or_made_longer_is_refused(scheme in schemes(), which: prop::sample::Index, tail in "[!-+.-~]{1,3}") {
        let headers = signed(&scheme, "key", b"body", "id");
        let place = *which.get(&proven(&scheme, &headers));
        let mut shorter = headers.clone();
        shorter[place].1.pop();
        prop_assert!(verifier(&scheme, "key").verify(&shorter, b"body", NOW).is_err());
        let mut longer = headers;
        longer[place].1.extend(tail.bytes());
        prop_assert!(verifier(&scheme, "key").verify(&longer, b"body", NOW).is_err());
    }

    #[test]
    fn no_headers_whatever_make_it_panic_or_are_believed(
        scheme in schemes(), signature: Vec<u8>, time: Vec<u8>, id: Vec<u8>, now: i64,
    ) {
        let headers: Headers = vec![
            (scheme.header().to_owned(), signature),
            (scheme.timestamp_header().unwrap_or("x").to_owned(), time),
            ("webhook-id".to_owned(), id.clone()),
            ("X-Id".to_owned(), id),
        ];
        let verifier = verifier(&scheme, "key");
        prop_assert!(verifier.verify(&headers, b"body", now).is_err());
        prop_assert!(verifier.diagnose(&headers, b"body", now).verdict.is_err());
    }

    #[test]
    fn almost_right_headers_never_make_it_panic_and_are_never_believed(
        scheme in schemes(), text in "(t=|v1=|v1,|v0=|sha256=|sha1=|[0-9a-f]{64}|[,;= ]|17[0-9]{8}|\"){0,12}", now: i64,
    ) {
        let headers: Headers = [scheme.header(), "X-Slack-Request-Timestamp", "webhook-timestamp", "webhook-id", "X-Id", "X-Time"]
            .map(|name| (name.to_owned(), text.clone().into_bytes()))
            .into();
        let verifier = verifier(&scheme, "key");
        prop_assert!(verifier.verify(&headers, b"body", now).is_err());
        prop_assert!(verifier.diagnose(&headers, b"[1]", now).verdict.is_err());
    }

    #[test]
    fn the_headers_alone_tell_all_but_an_invalid_signature(scheme in schemes(), now in NOW - 400..NOW + 400, drop: bool) {
        let mut headers = signed(&scheme, "key", b"body", "id");
        if drop {
            headers.pop();
        }
        let verifier = verifier(&scheme, "key");
        let verdict = verifier.verify(&headers, b"body", now).map(|_| ());
        prop_assert_eq!(verifier.check_headers(&headers, now), verdict);
    }
}
