//! What holds for every provider that is built in: whatever is changed of a proven request, it is refused, and strictness
//! is the same for all.

use hookstream_signature::{
    ANY_TIME, Algorithm, Key, Proof, Refusal, Request, Scheme, SchemeTable, Secret, SecretEncoding, Signer,
    SigningKey, Verifier,
};

const NOW: i64 = 1_700_000_000;
const URL: &str = "https://hooks.example.com/webhook/a?b=c";

/// A provider's own request, and its judge.
struct Sent {
    verifier: Verifier,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    url: String,
}

/// Each provider in each of its forms.
fn all() -> Vec<Sent> {
    let tables = Scheme::names().iter().flat_map(|name| {
        let mut table = SchemeTable::named(name).unwrap();
        if *name == "paypal" {
            table.webhook_id = Some("1JE4291016473214C".to_owned());
        }
        let second = table.fallback.clone().map(|fallback| fallback.over(table.clone()));
        [Some((name, table)), second.map(|table| (name, table))]
    });
    let with_key = tables.flatten().flat_map(|(name, table)| {
        let public = table.with_public_key.is_some().then(|| (name, table.clone().for_public_keys()));
        [Some((name, table)), public]
    });
    with_key.flatten().map(|(name, table)| Sent::by(table.into_scheme(name).unwrap())).collect()
}

fn keys(scheme: &Scheme) -> (SigningKey, Key) {
    const RSA: [&str; 2] =
        [include_str!("../vectors/rsa-2048.pem"), include_str!("../vectors/rsa-2048.public.pem")];
    let published = |provider: &str| {
        let cases = super::vectors::load(include_str!("../vectors/providers.json"));
        cases.iter().find(|case| case.provider == provider).unwrap().key().to_owned()
    };
    let private = |pem: &str| SigningKey::PrivatePem(pem.into());
    match scheme.algorithm() {
        Algorithm::RsaSha256 | Algorithm::RsaSha1 => (private(RSA[0]), Key::PublicPem(RSA[1].to_owned())),
        Algorithm::Ed25519 => {
            (private(include_str!("../vectors/ed25519.pem")), Key::PublicPem(published("discord")))
        }
        Algorithm::EcdsaP256 => {
            (private(include_str!("../vectors/p256.pem")), Key::PublicPem(published("sendgrid")))
        }
        _ => {
            let is_hex = scheme.secret_encoding() == SecretEncoding::Hex;
            let text = if is_hex { "00112233445566778899aabbccddeeff" } else { "user:a-secret-of-both" };
            let secret = Secret::new(text).unwrap();
            (secret.clone().into(), Key::Shared(secret))
        }
    }
}

/// A body that has no more than is signed, so that each of its bits counts.
fn body(scheme: &Scheme) -> &'static str {
    let content = scheme.signed_content().to_string();
    match scheme.name() {
        "aws-sns" => {
            "{\"Message\":\"m\",\"MessageId\":\"1\",\"SignatureVersion\":\"2\",\"SigningCertURL\":\"https://sns.eu-west-1.amazonaws.com/a.pem\",\
             \"Timestamp\":\"2023-11-14T22:13:20.000Z\",\"TopicArn\":\"t\",\"Type\":\"Notification\"}"
        }
        _ if content.contains("form") => "alert=1&name=x",
        _ if content.contains("{body:") => "{}",
        _ => "{\"id\":\"evt_1\",\"type\":\"a.b\"}",
    }
}

impl Sent {
    fn by(scheme: Scheme) -> Self {
        let (private, public) = keys(&scheme);
        let settings = "key=a,algorithm=HMAC_SHA256";
        let mut given: Vec<(String, Vec<u8>)> = Vec::new();
        match scheme.name() {
            "paypal" => given.push(("PAYPAL-CERT-URL".into(), b"https://api.paypal.com/v1/a".to_vec())),
            "twilio" if scheme.algorithm() == Algorithm::HmacSha256 => {
                given.push(("X-Twilio-Webhooks-Signature-Settings".into(), settings.into()));
            }
            _ => {}
        }
        let request = Request { url: URL, ..Request::new(&given, body(&scheme).as_bytes()) };
        let signer = Signer::new(scheme.clone(), private).unwrap();
        let signed = signer.sign_whole(&request, NOW, Some("id-1")).unwrap();
        let headers = signed.headers.into_iter().map(|(name, value)| (name, value.into_bytes()));
        let headers = given.into_iter().chain(headers).collect();
        let tolerance = scheme.tolerance_seconds();
        let verifier = Verifier::new(scheme, vec![public], tolerance).unwrap();
        Self { verifier, headers, body: signed.body, url: URL.to_owned() }
    }

    fn scheme(&self) -> &Scheme {
        self.verifier.scheme()
    }

    fn name(&self) -> String {
        format!("{} ({})", self.scheme().name(), self.scheme().algorithm())
    }

    fn judge(
        &self,
        headers: &Vec<(String, Vec<u8>)>,
        body: &[u8],
        url: &str,
        now: i64,
    ) -> Result<Proof, Refusal> {
        self.verifier.verify_request(&Request { headers, body, url, method: "POST" }, now)
    }

    fn at(&self, now: i64) -> Result<Proof, Refusal> {
        self.judge(&self.headers, &self.body, &self.url, now)
    }

    /// The headers that are proven: a delivery's id beside them is often not.
    fn proven(&self) -> Vec<usize> {
        let scheme = self.scheme();
        let is_proven = |name: &str| {
            let is_time = scheme.timestamp_header() == Some(name) && scheme.signed_content().has_timestamp();
            let is_id = scheme.id_header() == Some(name) && scheme.signed_content().has_id();
            scheme.signature_headers().any(|own| own == name) || is_time || is_id
        };
        (0..self.headers.len()).filter(|place| is_proven(&self.headers[*place].0)).collect()
    }

    /// Each bit for an HMAC; of what takes a thousand times as long, some.
    fn bits(&self, bytes: usize) -> impl Iterator<Item = (usize, u8)> {
        let step = if self.scheme().algorithm().is_shared() { 1 } else { 37 };
        (0..bytes * 8).step_by(step).map(|bit| (bit / 8, 1_u8 << (bit % 8)))
    }
}

#[test]
fn what_each_provider_signs_is_verified() {
    let all = all();
    assert!(all.len() > Scheme::names().len());
    for sent in all {
        let proof = sent.at(NOW).unwrap_or_else(|refusal| panic!("{}: {refusal}", sent.name()));
        let says_when = sent.scheme().has_timestamp();
        assert_eq!(proof.timestamp, says_when.then_some(NOW), "{}", sent.name());
    }
}

#[test]
fn any_bit_changed_in_a_proven_header_is_refused() {
    for sent in all() {
        for place in sent.proven() {
            for (byte, bit) in sent.bits(sent.headers[place].1.len()) {
                let mut headers = sent.headers.clone();
                headers[place].1[byte] ^= bit;
                // BoldSign's two signatures are one another's equals: `s0` may be called `s1`.
                let renamed = headers[place].1.windows(4).any(|name| name == b" s1=");
                let verdict = sent.judge(&headers, &sent.body, &sent.url, NOW);
                assert!(
                    verdict.is_err() || renamed,
                    "{}: {}, byte {byte}, bit {bit}",
                    sent.name(),
                    headers[place].0
                );
            }
        }
    }
}

#[test]
fn any_bit_changed_in_a_signed_body_is_refused() {
    for sent in all().into_iter().filter(|sent| !sent.scheme().algorithm().is_unsigned()) {
        let text = String::from_utf8(sent.body.clone()).unwrap();
        // Which of Amazon's certificates it is does not matter to what it signs.
        let free = text.find("\"SigningCertURL\"").map(|start| start..start + 70).unwrap_or_default();
        for (byte, bit) in sent.bits(sent.body.len()).filter(|(byte, _)| !free.contains(byte)) {
            let mut body = sent.body.clone();
            body[byte] ^= bit;
            let verdict = sent.judge(&sent.headers, &body, &sent.url, NOW);
            assert!(verdict.is_err(), "{}: byte {byte}, bit {bit} of {text}", sent.name());
        }
    }
}

#[test]
fn any_bit_changed_in_a_signed_url_is_refused() {
    let signs_url = |sent: &Sent| sent.scheme().signed_content().has_url();
    let all: Vec<_> = all().into_iter().filter(signs_url).collect();
    assert!(all.len() >= 5);
    for sent in all {
        for (byte, bit) in sent.bits(URL.len()).filter(|(_, bit)| *bit < 0x80) {
            let mut url = URL.as_bytes().to_vec();
            url[byte] ^= bit;
            let url = String::from_utf8(url).unwrap();
            let verdict = sent.judge(&sent.headers, &sent.body, &url, NOW);
            assert!(verdict.is_err(), "{}: {url}", sent.name());
        }
    }
}

#[test]
fn a_time_at_the_providers_tolerance_is_in_time_and_a_second_more_is_not() {
    for sent in all().into_iter().filter(|sent| sent.scheme().has_timestamp()) {
        let tolerance = sent.scheme().tolerance_seconds();
        if tolerance == ANY_TIME {
            assert!(sent.at(0).is_ok() && sent.at(NOW * 2).is_ok(), "{}", sent.name());
            continue;
        }
        let tolerance = i64::try_from(tolerance).unwrap();
        assert!(sent.at(NOW + tolerance).is_ok(), "{}", sent.name());
        assert_eq!(sent.at(NOW + tolerance + 1).unwrap_err().code(), "stale_timestamp", "{}", sent.name());
        assert!(sent.at(NOW - tolerance).is_ok(), "{}", sent.name());
        let ahead = sent.at(NOW - tolerance - 1);
        if sent.scheme().name() == "hubspot" {
            assert!(ahead.is_ok(), "HubSpot's libraries look only backwards, all of them");
        } else {
            assert_eq!(ahead.unwrap_err().code(), "stale_timestamp", "{}", sent.name());
        }
    }
}

#[test]
fn a_tolerance_that_an_endpoint_asks_for_holds_where_its_provider_has_none() {
    let scheme = Scheme::named("discord").unwrap();
    let (_, public) = keys(&scheme);
    let sent = Sent::by(scheme.clone());
    let held = Sent { verifier: Verifier::new(scheme, vec![public], 60).unwrap(), ..sent };
    assert!(held.at(NOW + 60).is_ok() && held.at(NOW - 60).is_ok());
    assert!(held.at(NOW + 61).is_err() && held.at(NOW - 61).is_err());
}

#[test]
fn a_proven_header_that_is_repeated_must_say_the_same_again() {
    for sent in all() {
        for place in sent.proven() {
            let (name, value) = sent.headers[place].clone();
            let again = |value: &[u8]| [&sent.headers[..], &[(name.clone(), value.to_vec())]].concat();
            let judge = |value: &[u8]| sent.judge(&again(value), &sent.body, &sent.url, NOW);
            assert!(judge(&value).is_ok(), "{}: {name}", sent.name());
            assert_eq!(
                judge(b"another").unwrap_err().code(),
                "malformed_signature",
                "{}: {name}",
                sent.name()
            );
        }
    }
}

#[test]
fn a_proven_header_that_is_absent_is_missing_and_an_empty_one_malformed() {
    for sent in all() {
        for place in sent.proven() {
            let code = |headers| sent.judge(&headers, &sent.body, &sent.url, NOW).unwrap_err().code();
            let (mut absent, mut empty) = (sent.headers.clone(), sent.headers.clone());
            let (name, _) = absent.remove(place);
            empty[place].1.clear();
            assert_eq!(code(absent), "missing_signature", "{}: {name}", sent.name());
            assert_eq!(code(empty), "malformed_signature", "{}: {name}", sent.name());
        }
    }
}

#[test]
fn junk_in_a_signature_or_a_time_is_malformed() {
    for sent in all() {
        let scheme = sent.scheme();
        let is_token = scheme.algorithm().is_unsigned();
        for place in sent.proven() {
            let name = sent.headers[place].0.clone();
            let is_time = Some(name.as_str()) == scheme.timestamp_header();
            if Some(name.as_str()) == scheme.id_header() || (is_token && !is_time) {
                continue;
            }
            let value = String::from_utf8(sent.headers[place].1.clone()).unwrap();
            let junk: Vec<String> = if is_time {
                let forms = [
                    "1.7e9",
                    "+1700000000",
                    "-1",
                    "0x6553f100",
                    "01700000000",
                    "1700000000.5",
                    "now",
                    "17 00",
                ];
                forms.map(str::to_owned).to_vec()
            } else {
                let (before, last) = value.split_at(value.len() - 3);
                vec![
                    format!("{before}!{}", &last[1..]),
                    format!("{before} {}", &last[1..]),
                    format!("{before}é"),
                    before.to_owned(),
                    format!("{value}00"),
                    "junk".to_owned(),
                ]
            };
            for junk in junk {
                let mut headers = sent.headers.clone();
                headers[place].1 = junk.clone().into_bytes();
                let refusal = sent.judge(&headers, &sent.body, &sent.url, NOW).unwrap_err();
                // An ECDSA signature is of no fixed length: what can be decoded may just be wrong.
                let is_open = scheme.algorithm() == Algorithm::EcdsaP256 && !is_time;
                let is_malformed = refusal.code() == "malformed_signature";
                assert!(is_malformed || is_open, "{}: {name}: {junk}: {refusal:?}", sent.name());
            }
        }
    }
}

#[test]
fn a_time_that_stands_twice_in_a_list_is_malformed() {
    let mut lists = 0;
    for sent in all() {
        let table = SchemeTable::named(sent.scheme().name()).unwrap();
        let Some(element) = table.timestamp_element else { continue };
        lists += 1;
        let separator = table.separator.unwrap_or_else(|| ",".to_owned());
        let place = sent.proven()[0];
        let value = String::from_utf8(sent.headers[place].1.clone()).unwrap();
        let time = value.split(separator.trim_end()).find(|part| part.trim().starts_with(&element)).unwrap();
        for again in [time.to_owned(), format!("{element}=1")] {
            let mut headers = sent.headers.clone();
            headers[place].1 = format!("{value}{separator}{again}").into_bytes();
            let refusal = sent.judge(&headers, &sent.body, &sent.url, NOW).unwrap_err();
            assert_eq!(refusal.code(), "malformed_signature", "{}", sent.name());
        }
    }
    assert!(lists >= 8, "{lists}");
}

#[test]
fn a_signature_by_another_key_is_invalid() {
    let other = || Key::Shared(Secret::new("ff112233445566778899aabbccddeeff").unwrap());
    for sent in all().into_iter().filter(|sent| sent.scheme().algorithm().is_shared()) {
        let verifier = Verifier::new(sent.scheme().clone(), vec![other()], ANY_TIME).unwrap();
        let judged = Sent { verifier, ..sent };
        assert_eq!(judged.at(NOW).unwrap_err().code(), "invalid_signature", "{}", judged.name());
    }
}
