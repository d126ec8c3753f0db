//! The doctor names the cause.

use hookstream_signature::{
    CustomScheme, Diagnosis, Key, Request, Scheme, SchemeTable, Secret, Signer, Verifier,
};

const NOW: i64 = 1_700_000_000;
const JSON: &[u8] = b"{\"id\": \"evt_1\", \"name\": \"Zo\xc3\xab\"}";

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn sign(scheme: Scheme, key: &str, body: &[u8]) -> Vec<(String, String)> {
    Signer::new(scheme, secret(key)).unwrap().sign(body, NOW, Some("id-1")).unwrap()
}

fn diagnose(scheme: Scheme, key: &str, headers: &Vec<(String, String)>, body: &[u8]) -> Diagnosis {
    Verifier::new(scheme, vec![Key::Shared(secret(key))], 300).unwrap().diagnose(headers, body, NOW)
}

/// The first hint, for a request that is signed with one body, secret and scheme and judged with another.
#[track_caller]
fn hint(signed: (Scheme, &str, &[u8]), judged: (Scheme, &str, &[u8])) -> String {
    let headers = sign(signed.0, signed.1, signed.2);
    let diagnosis = diagnose(judged.0, judged.1, &headers, judged.2);
    assert!(diagnosis.verdict.is_err());
    diagnosis.hints.first().unwrap_or_else(|| panic!("no hint: {diagnosis}")).clone()
}

#[track_caller]
fn body_hint(signed: &[u8], received: &[u8]) -> String {
    hint((Scheme::stripe(), "key", signed), (Scheme::stripe(), "key", received))
}

#[track_caller]
fn key_hint(signed: &str, configured: &str) -> String {
    hint((Scheme::github(), signed, JSON), (Scheme::github(), configured, JSON))
}

fn custom(change: impl FnOnce(&mut CustomScheme)) -> Scheme {
    let mut custom = CustomScheme::default();
    change(&mut custom);
    Scheme::custom(custom).unwrap()
}

#[test]
fn a_valid_request_needs_no_hint_and_is_as_expected() {
    let headers = sign(Scheme::stripe(), "key", JSON);
    let diagnosis = diagnose(Scheme::stripe(), "key", &headers, JSON);
    assert!(diagnosis.verdict.is_ok() && diagnosis.hints.is_empty());
    assert_eq!(diagnosis.expected[0].value, headers[0].1);
    assert_eq!(diagnosis.to_string(), "valid: signed with key 1");
}

#[test]
fn what_is_expected_makes_the_request_valid() {
    for scheme in [Scheme::stripe(), Scheme::github(), Scheme::slack(), Scheme::standard_webhooks()] {
        let mut headers = sign(scheme.clone(), "wrong", JSON);
        let diagnosis = diagnose(scheme.clone(), "key", &headers, JSON);
        headers[0].1.clone_from(&diagnosis.expected[0].value);
        assert!(diagnose(scheme, "key", &headers, JSON).verdict.is_ok());
    }
}

#[test]
fn what_is_expected_is_valid_now_whatever_time_was_sent() {
    for provider in ["stripe", "slack", "standard-webhooks", "webflow"] {
        let scheme = Scheme::named(provider).unwrap();
        let verifier = Verifier::new(scheme.clone(), vec![secret("key").into()], 300).unwrap();
        let sent = sign(scheme.clone(), "key", JSON);
        let without_time: Vec<_> =
            sent.iter().filter(|h| Some(&*h.0) != scheme.timestamp_header()).cloned().collect();
        for (mut headers, now) in [(sent, NOW + 1000), (without_time, NOW)] {
            let told = verifier.diagnose(&headers, JSON, now);
            let expected = &told.expected[0];
            for (name, value) in
                expected.beside.iter().chain([&(expected.header.clone(), expected.value.clone())])
            {
                headers.retain(|(own, _)| own != name);
                headers.push((name.clone(), value.clone()));
            }
            let verdict = verifier.verify(&headers, JSON, now);
            assert!(verdict.is_ok(), "{provider}: {verdict:?} {headers:?}");
        }
    }
}

#[test]
fn a_line_break_gained_or_lost_is_named() {
    assert!(body_hint(b"a=1", b"a=1\n").contains("without the line break"));
    assert!(body_hint(b"a=1\n", b"a=1").contains("with a line break (\\n)"));
    assert!(body_hint(b"a\r\nb", b"a\nb").contains("\\r\\n in place of \\n"));
    assert!(body_hint(b"a\nb", b"a\r\nb").contains("\\n in place of \\r\\n"));
    assert!(body_hint(b"a", b"\xef\xbb\xbfa").contains("without the byte order mark"));
}

#[test]
fn a_body_written_anew_is_named() {
    assert!(body_hint(b"{\"a\":[1,2]}", b"{\"a\": [1, 2]}").contains("without white space"));
    assert!(body_hint(b"{\"a\": [1, 2]}", b"{\"a\":[1,2]}").contains("space after each comma"));
    assert!(body_hint(b"{\n  \"a\": 1\n}", b"{\"a\":1}").contains("two spaces"));
    assert!(body_hint(b"{\"a\":\"\\u00e9\"}", "{\"a\":\"é\"}".as_bytes()).contains("escaped"));
}

#[test]
fn json_with_other_escapes_or_another_order_is_named() {
    let escaped = "{\"a\":\"\\u00e9\"}".as_bytes();
    assert!(body_hint("{\"a\":\"é\"}".as_bytes(), escaped).contains("escapes resolved"));
    assert!(body_hint(b"{\"a\":\"b\\/c\"}", b"{\"a\":\"b/c\"}").contains("PHP"));
    let sorted = body_hint(b"{\"a\":1,\"b\":2}", b"{\"b\":2,\"a\":1}");
    assert!(sorted.contains("order of the alphabet"), "{sorted}");
}

#[test]
fn a_form_that_somebody_decoded_is_named() {
    assert!(
        body_hint(b"a=x+y%26z&b=%C3%A9", "a=x y&b=é".as_bytes()).contains("another secret"),
        "that lost a field"
    );
    assert!(body_hint(b"a=x+y&b=%C3%A9", "a=x y&b=é".as_bytes()).contains("with the form encoded."));
    assert!(body_hint(b"a=x%20y", b"a=x y").contains("spaces as %20"));
    assert!(body_hint(b"a=x y", b"a=x+y").contains("with the form decoded"));
}

#[test]
fn a_byte_order_mark_gained_or_lost_is_named() {
    assert!(body_hint(b"{}", b"\xef\xbb\xbf{}").contains("without the byte order mark"));
    assert!(body_hint(b"\xef\xbb\xbf{}", b"{}").contains("with a byte order mark"));
}

#[test]
fn a_request_of_another_provider_is_named_as_such() {
    let headers = sign(Scheme::slack(), "key", JSON);
    let told = &diagnose(Scheme::stripe(), "key", &headers, JSON).hints[0];
    assert!(told.contains("provider = \"slack\""), "{told}");
}

#[test]
fn a_url_that_a_proxy_changed_is_named() {
    let known = "https://hooks.example.com/webhook/a?b=c";
    let none: &[(&str, &str)] = &[];
    for provider in ["twilio", "square", "trello", "hubspot"] {
        let scheme = Scheme::named(provider).unwrap();
        let signer = Signer::new(scheme.clone(), secret("key")).unwrap();
        let sent = Request { url: known, ..Request::new(&none, b"a=1") };
        let headers = signer.sign_request(&sent, NOW, None).unwrap();
        let verifier = Verifier::new(scheme, vec![secret("key").into()], 300).unwrap();
        for seen in [
            "http://hooks.example.com/webhook/a?b=c",
            "https://hooks.example.com:8443/webhook/a?b=c",
            "http://hooks.example.com:8080/webhook/a?b=c",
        ] {
            let received = Request { url: seen, ..Request::new(&headers, b"a=1") };
            let diagnosis = verifier.diagnose_request(&received, NOW);
            // Twilio's own libraries try the URL without its port.
            let told = diagnosis.to_string();
            assert!(diagnosis.verdict.is_ok() || told.contains("`url`"), "{provider}: {told}");
        }
        let queried =
            Request { url: "https://hooks.example.com/webhook/a", ..Request::new(&headers, b"a=1") };
        assert!(verifier.diagnose_request(&queried, NOW).verdict.is_err(), "{provider}");
    }
}

#[test]
fn a_secret_of_another_endpoint_can_be_tried() {
    let headers = sign(Scheme::github(), "other", JSON);
    let verifier = |key: &str| Verifier::new(Scheme::github(), vec![secret(key).into()], 300).unwrap();
    assert!(verifier("own").verify(&headers, JSON, NOW).is_err());
    let borrowed = verifier("own").with_keys_of(&verifier("other")).unwrap();
    assert!(borrowed.verify(&headers, JSON, NOW).is_ok());
}

#[test]
fn a_secret_copied_or_decoded_wrongly_is_named() {
    assert!(key_hint("key", " key\n").contains("white space around it"));
    assert!(key_hint("key", "\"key\"").contains("quotes"));
    assert!(key_hint("key\n", "key").contains("line break after the secret"));
    assert!(key_hint("abc", "whsec_abc").contains("without its whsec_"));
    assert!(key_hint("0123456789", "MDEyMzQ1Njc4OQ==").contains("decoded as base64"));
    assert!(key_hint("0123456789", "30313233343536373839").contains("hexadecimal"));
}

#[test]
fn another_hash_is_named() {
    let with = |algorithm: &str| custom(|c| c.algorithm = algorithm.parse().unwrap());
    let sha1 = || with("hmac-sha1");
    let longer = sign(with("hmac-sha512"), "key", JSON);
    let told = diagnose(custom(|_| ()), "key", &longer, JSON).to_string();
    assert!(told.contains("with hmac-sha512 rather than hmac-sha256"), "{told}");
    let told = hint((sha1(), "key", JSON), (custom(|_| ()), "key", JSON));
    assert!(told.contains("X-Webhook-Signature should read"), "the length tells first: {told}");
    let headers = sign(sha1(), "key", JSON);
    let all = diagnose(custom(|_| ()), "key", &headers, JSON).to_string();
    assert!(all.contains("with hmac-sha1 rather than hmac-sha256") && all.contains("algorithm = "), "{all}");
}

#[test]
fn another_signed_text_is_named() {
    let slack_text = custom(|c| {
        c.timestamp_header = Some("X-Webhook-Timestamp".into());
        c.signed_content = Some("v0:{timestamp}:{body}".into());
    });
    let told = hint((slack_text, "key", JSON), (custom(|_| ()), "key", JSON));
    assert!(told.contains("over v0:{timestamp}:{body} rather than {body}"), "{told}");
    assert!(told.contains("Slack's"), "{told}");
}

#[test]
fn two_things_wrong_at_once_are_both_named() {
    let told = hint((Scheme::stripe(), "key", b"a"), (Scheme::stripe(), "key\n", b"a\n"));
    assert!(told.contains("the white space around it and without the line break"), "{told}");
}

#[test]
fn a_right_signature_written_wrongly_is_said_to_be_right() {
    let headers = sign(Scheme::github(), "key", JSON);
    let bare = headers[0].1.strip_prefix("sha256=").unwrap().to_owned();
    let upper = format!("sha256={}", bare.to_uppercase());
    for value in [bare, upper] {
        let headers = vec![(headers[0].0.clone(), value)];
        let diagnosis = diagnose(Scheme::github(), "key", &headers, JSON);
        assert_eq!(diagnosis.verdict.as_ref().unwrap_err().code(), "malformed_signature");
        assert!(diagnosis.hints[0].contains("itself is right"), "{diagnosis}");
        assert!(diagnosis.hints[1].contains("sha256=<signature in lower-hex>"), "{diagnosis}");
    }
}

#[test]
fn a_stale_time_is_measured_and_milliseconds_are_recognised() {
    let headers = sign(Scheme::stripe(), "key", JSON);
    let verifier = Verifier::new(Scheme::stripe(), vec![secret("key").into()], 300).unwrap();
    let late = verifier.diagnose(&headers, JSON, NOW + 1000).to_string();
    assert!(late.contains("1000 s before now, 700 s more") && late.contains("itself is right"), "{late}");
    let early = verifier.diagnose(&headers, JSON, NOW - 1000).to_string();
    assert!(early.contains("1000 s after now, 700 s more"), "{early}");
    let signer = Signer::new(Scheme::stripe(), secret("key")).unwrap();
    let milliseconds = signer.sign(JSON, NOW * 1000, None).unwrap();
    assert!(verifier.diagnose(&milliseconds, JSON, NOW).hints[0].contains("milliseconds"));
}

#[test]
fn another_providers_header_is_named() {
    let headers = sign(Scheme::slack(), "key", JSON);
    let told = diagnose(Scheme::github(), "key", &headers, JSON).to_string();
    assert!(told.contains("X-Slack-Signature is there, which is Slack's"), "{told}");
    let old = vec![("X-Hub-Signature".to_owned(), "sha1=aa".to_owned())];
    assert!(diagnose(Scheme::github(), "key", &old, JSON).hints[0].contains("SHA-1"));
}

#[test]
fn an_unknown_cause_is_admitted_and_the_keys_tried_are_named() {
    let told = hint((Scheme::github(), "one", JSON), (Scheme::github(), "quite another", JSON));
    assert!(told.contains("another secret"), "{told}");
    assert!(told.contains(&*secret("quite another").fingerprint()), "{told}");
}

#[test]
fn a_match_with_an_older_key_is_told() {
    let keys = vec![secret("new").into(), secret("old").into()];
    let verifier = Verifier::new(Scheme::github(), keys, 300).unwrap();
    let diagnosis = verifier.diagnose(&sign(Scheme::github(), "old", JSON), JSON, NOW);
    assert!(diagnosis.verdict.is_ok() && diagnosis.hints[0].contains("key 2"));
}

#[test]
fn a_key_that_has_come_to_its_end_is_told_and_nothing_else_suspected() {
    let keys = vec![secret("new").into(), secret("whsec_AAECAwQFBgc=").into()];
    let verifier = Verifier::new(Scheme::named("svix").unwrap(), keys, 300).unwrap().until(1, NOW - 1);
    let old = sign(Scheme::named("svix").unwrap(), "whsec_AAECAwQFBgc=", JSON);
    let diagnosis = verifier.diagnose(&old, JSON, NOW);
    assert_eq!(diagnosis.verdict.unwrap_err().code(), "invalid_signature");
    let [told] = &diagnosis.hints[..] else { panic!("{:?}", diagnosis.hints) };
    assert!(told.contains("key 2") && told.contains("2023-11-14T22:13:19Z"), "{told}");
    assert!(told.contains(&*secret("whsec_AAECAwQFBgc=").fingerprint()), "{told}");
}

#[test]
fn rsa_is_diagnosed_without_anything_secret() {
    let scheme = |algorithm: &str| custom(|c| c.algorithm = algorithm.parse().unwrap());
    let private =
        hookstream_signature::SigningKey::PrivatePem(include_str!("../vectors/rsa-2048.pem").into());
    let public = Key::PublicPem(include_str!("../vectors/rsa-2048.public.pem").to_owned());
    let headers = Signer::new(scheme("rsa-sha1"), private).unwrap().sign(b"a", NOW, None).unwrap();
    let verifier = Verifier::new(scheme("rsa-sha256"), vec![public], 300).unwrap();
    let diagnosis = verifier.diagnose(&headers, b"a\n", NOW);
    assert!(diagnosis.expected.is_empty());
    let told = &diagnosis.hints[0];
    assert!(told.contains("rsa-sha1 rather than rsa-sha256") && told.contains("line break"), "{told}");
}

#[test]
fn an_old_request_is_no_other_providers_for_being_signed_alike() {
    let svix = Scheme::named("svix").unwrap();
    let headers = sign(svix.clone(), "whsec_AAECAwQFBgc=", JSON);
    let verifier = Verifier::new(svix, vec![secret("whsec_AAECAwQFBgc=").into()], 300).unwrap();
    let told = verifier.diagnose(&headers, JSON, NOW + 1000).to_string();
    assert!(told.contains("1000 s before now") && !told.contains("another provider"), "{told}");
}

#[test]
fn a_time_is_compared_in_the_unit_that_the_provider_writes() {
    let webflow = Scheme::named("webflow").unwrap();
    let headers = sign(webflow.clone(), "key", JSON);
    let seconds: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.replace("1700000000000", "1700000000")))
        .collect();
    let told = diagnose(webflow, "key", &seconds, JSON).hints[0].clone();
    assert!(told.contains("milliseconds are expected"), "{told}");
}

#[test]
fn a_list_with_names_of_ones_own_is_read_by_them() {
    let scheme: SchemeTable = toml::from_str(
        "version = 'sig'\nseparator = '|'\nassign = ':'\ntimestamp_element = 'time'\nsigned_content = '{timestamp}.{body}'",
    )
    .unwrap();
    let scheme = scheme.into_scheme("acme").unwrap();
    let told = hint((scheme.clone(), "key", b"a"), (scheme, "key", b"a\n"));
    assert!(told.contains("without the line break"), "{told}");
}

#[test]
fn a_prefix_of_ones_own_is_taken_off() {
    let scheme = || custom(|c| c.prefix = Some("hmac:".into()));
    assert!(hint((scheme(), "key", b"a"), (scheme(), "key", b"a\n")).contains("without the line break"));
}

#[test]
fn a_token_copied_wrongly_is_named() {
    for (provider, token) in [("okta", "key"), ("postmark", "user:key")] {
        let scheme = || Scheme::named(provider).unwrap();
        let configured = format!("{token}\n");
        let told = hint((scheme(), token, JSON), (scheme(), &configured, JSON));
        assert!(told.contains("white space around it"), "{provider}: {told}");
    }
}

#[test]
fn a_time_or_an_id_that_stands_in_another_header_is_named() {
    let timed = |header: &str| custom(|c| c.timestamp_header = Some(header.to_owned()));
    let told = hint((timed("X-Webhook-Timestamp"), "key", JSON), (timed("X-Time"), "key", JSON));
    assert!(told.contains("with the time in X-Webhook-Timestamp"), "{told}");
    let mut headers = sign(Scheme::slack(), "key", JSON);
    headers.push(("X-Timestamp".to_owned(), NOW.to_string()));
    headers[1].1 = (NOW + 1).to_string();
    let told = diagnose(Scheme::slack(), "key", &headers, JSON);
    assert!(told.hints[0].contains("with the time in X-Timestamp"), "{told}");
}

#[test]
fn what_is_expected_holds_the_time_from_its_own_header() {
    let scheme = custom(|c| c.timestamp_header = Some("X-Time".into()));
    let mut headers = sign(scheme.clone(), "key", JSON);
    let right = headers[0].1.clone();
    headers[0].1 = "t=1,v1=00".to_owned();
    assert_eq!(diagnose(scheme, "key", &headers, JSON).expected[0].value, right);
}

#[test]
fn a_body_of_brackets_costs_no_more_memory_than_an_honest_one() {
    let deep = vec![b'['; 200_000];
    let headers = sign(Scheme::github(), "other", JSON);
    let taken = allocation_counter::measure(|| {
        diagnose(Scheme::github(), "key", &headers, &deep);
    });
    assert!(taken.bytes_max < 100_000_000, "{}", taken.bytes_max);
}

#[test]
fn a_topic_that_may_not_send_is_not_said_to_be_written_wrongly() {
    let table = |options: &str| {
        let own: SchemeTable = toml::from_str(options).unwrap();
        own.over(SchemeTable::named("aws-sns").unwrap()).into_scheme("aws-sns").unwrap()
    };
    let topics = "topics = ['arn:aws:sns:eu-west-1:123456789012:orders']";
    let private =
        hookstream_signature::SigningKey::PrivatePem(include_str!("../vectors/rsa-2048.pem").into());
    let public = Key::PublicPem(include_str!("../vectors/rsa-2048.public.pem").to_owned());
    for version in ["1", "2"] {
        let body = format!(
            "{{\"Type\":\"Notification\",\"MessageId\":\"m\",\"Message\":\"x\",\"Timestamp\":\"2023-11-14T22:13:20Z\",\
             \"TopicArn\":\"arn:aws:sns:eu-west-1:123456789012:other\",\"SignatureVersion\":\"{version}\",\
             \"SigningCertURL\":\"https://sns.eu-west-1.amazonaws.com/a.pem\"}}"
        );
        let algorithm = if version == "1" { "rsa-sha1" } else { "rsa-sha256" };
        let signer = Signer::new(table(&format!("algorithm = '{algorithm}'")), private.clone()).unwrap();
        let none: &[(&str, &str)] = &[];
        let signed = signer.sign_whole(&Request::new(&none, body.as_bytes()), NOW, None).unwrap();
        let verifier = Verifier::new(table(topics), vec![public.clone()], 300).unwrap();
        let told = verifier.diagnose(&none, &signed.body, NOW).to_string();
        assert!(told.contains("a topic that may not send") && told.contains("itself is right."), "{told}");
        assert!(!told.contains("rsa-sha1 rather"), "{told}");
    }
}
