//! `hookstream verify`, with signatures that other people's code made.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::support::{Place, Said};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    provider: String,
    keys: Vec<String>,
    headers: BTreeMap<String, String>,
    body_b64: String,
    now: i64,
    #[serde(default)]
    signature: BTreeMap<String, String>,
}

const VECTORS: [&str; 4] = [
    include_str!("../../../../crates/signature/tests/vectors/stripe.json"),
    include_str!("../../../../crates/signature/tests/vectors/github.json"),
    include_str!("../../../../crates/signature/tests/vectors/slack.json"),
    include_str!("../../../../crates/signature/tests/vectors/standard-webhooks.json"),
];
const CUSTOM: [&str; 2] = [
    include_str!("../../../../crates/signature/tests/vectors/custom.json"),
    include_str!("../../../../crates/signature/tests/vectors/rsa.json"),
];

fn cases(text: &str) -> Vec<Case> {
    serde_json::from_str::<File>(text).unwrap().cases
}

impl Case {
    fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body_b64).unwrap()
    }

    /// Judges the case with `whom` saying whose it should be.
    async fn judge(&self, place: &Place, whom: &[&str], body: &[u8], more: &[&str]) -> Said {
        place.write("body", body);
        let now = self.now.to_string();
        let headers: Vec<String> =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let mut arguments = vec!["verify", "--body-file", "body", "--now", &now];
        arguments.extend(whom);
        headers.iter().for_each(|header| arguments.extend(["-H", header]));
        arguments.extend(more);
        place.run_with(&arguments, &[("SECRET", self.keys[0].as_str())]).await
    }

    /// A configuration whose one endpoint verifies as this case was signed.
    fn configuration(&self) -> String {
        let key = if self.keys[0].starts_with("-----BEGIN") { "public_keys" } else { "secrets" };
        let options: Vec<String> =
            self.signature.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
        format!(
            "[[endpoints]]\nid = 'e'\nprovider = 'custom'\n{key} = ['${{SECRET}}']\nsignature = {{ {} }}\n",
            options.join(", ")
        )
    }
}

#[tokio::test]
async fn what_the_providers_own_libraries_signed_is_valid_and_with_a_byte_changed_not() {
    let place = Place::new();
    for case in VECTORS.iter().flat_map(|text| cases(text)) {
        let whom = ["--provider", &case.provider, "--secret-env", "SECRET"];
        let said = case.judge(&place, &whom, &case.body(), &["--json"]).await;
        assert_eq!((said.code, &said.json()[0]["valid"]), (0, &true.into()), "{}: {said:?}", case.name);
        let said = case.judge(&place, &whom, &[&case.body()[..], b"x"].concat(), &["--json"]).await;
        let judged = &said.json()[0];
        assert_eq!((said.code, &judged["code"]), (1, &"invalid_signature".into()), "{}: {said:?}", case.name);
        assert!(!judged["hints"].as_array().unwrap().is_empty(), "{}", case.name);
    }
}

#[tokio::test]
async fn an_endpoints_own_options_are_used() {
    let place = Place::new();
    for case in CUSTOM.iter().flat_map(|text| cases(text)) {
        place.write("hookstream.toml", case.configuration());
        let said = case.judge(&place, &["--endpoint", "e"], &case.body(), &[]).await;
        assert_eq!(said.code, 0, "{}: {said:?}", case.name);
        let said = case.judge(&place, &["--endpoint", "e"], b"another", &[]).await;
        assert_eq!(said.code, 1, "{}: {said:?}", case.name);
    }
}

#[tokio::test]
async fn a_key_of_another_endpoint_is_recognised() {
    let (place, case) = (Place::new(), cases(VECTORS[1]).remove(0));
    let endpoint = |id: &str, secret: &str| {
        format!("[[endpoints]]\nid = '{id}'\nprovider = 'github'\nsecrets = ['{secret}']\n")
    };
    place.write("hookstream.toml", endpoint("mine", "not this one") + &endpoint("yours", "${SECRET}"));
    let said = case.judge(&place, &["--endpoint", "mine"], &case.body(), &[]).await.ended(1);
    assert!(said.out.contains("a key of the endpoint `yours`"), "{said:?}");
    case.judge(&place, &["--endpoint", "yours"], &case.body(), &[]).await.ended(0);
}

#[tokio::test]
async fn a_secret_that_has_come_to_its_end_is_told_of_and_no_other_endpoint() {
    let (place, case) = (Place::new(), cases(VECTORS[1]).remove(0));
    let ended = "{ value = '${SECRET}', not_after = '2001-09-09T01:46:40Z' }";
    place.write(
        "hookstream.toml",
        format!("[[endpoints]]\nid = 'mine'\nprovider = 'github'\nsecrets = ['new', {ended}]\n"),
    );
    let said = case.judge(&place, &["--endpoint", "mine"], &case.body(), &["--json"]).await.ended(1);
    let hints = said.json()[0]["hints"].as_array().unwrap().clone();
    let [told] = &hints[..] else { panic!("{hints:?}") };
    assert!(told.as_str().unwrap().contains("not counted since 2001-09-09T01:46:40Z"), "{told}");
}

const WHOM: [&str; 4] = ["--provider", "stripe", "--secret-env", "SECRET"];

#[tokio::test]
async fn a_valid_request_is_told_with_its_time_and_the_secrets_fingerprint() {
    let (place, case) = (Place::new(), cases(VECTORS[0]).remove(0));
    let said = case.judge(&place, &WHOM, &case.body(), &[]).await.ended(0);
    assert!(
        said.out.starts_with("valid: signed at 2023-11-14T22:13:20.000Z (1700000000, 0s before now"),
        "{said:?}"
    );
    let judged = &case.judge(&place, &WHOM, &case.body(), &["--json"]).await.json()[0];
    assert_eq!(judged["matched_secret"], 0);
    assert_eq!(judged["timestamp"], 1_700_000_000);
    assert!(said.out.contains(judged["fingerprint"].as_str().unwrap()));
    assert!(judged["code"].is_null() && judged["reason"].is_null());
}

#[tokio::test]
async fn the_doctor_names_the_cause_and_shows_neither_secret_nor_signature_unasked() {
    let (place, case) = (Place::new(), cases(VECTORS[0]).remove(0));
    let spoilt = [&case.body()[..], b"\n"].concat();
    let said = case.judge(&place, &WHOM, &spoilt, &[]).await.ended(1);
    assert!(said.out.contains("not valid (invalid_signature)"), "{said:?}");
    assert!(said.out.contains("without the line break"), "{said:?}");
    let json = case.judge(&place, &WHOM, &spoilt, &["--json"]).await;
    assert!(json.json()[0]["expected"][0]["value"].is_null(), "{json:?}");
    let revealed = case.judge(&place, &WHOM, &spoilt, &["--json", "--reveal"]).await.ended(1);
    let value = revealed.json()[0]["expected"][0]["value"].as_str().unwrap().to_owned();
    for said in [&said, &json, &revealed] {
        assert!(!said.out.contains(&case.keys[0]) && !said.err.contains(&case.keys[0]), "{said:?}");
    }
    assert!(!said.out.contains(&value));
    // What is shown when asked for is what would have been valid.
    place.write("headers", format!("POST / HTTP/1.1\r\nStripe-Signature: {value}\r\n"));
    let arguments = ["verify", "--headers-file", "headers", "--body-file", "body", "--now", "1700000000"];
    place.run_with(&[&arguments[..], &WHOM].concat(), &[("SECRET", &case.keys[0])]).await.ended(0);
}

#[tokio::test]
async fn what_can_not_be_judged_is_usage() {
    let place = Place::new();
    place.write("body", "{}");
    let verify = async |arguments: &[&str]| {
        place
            .run_with(&[&["verify", "--body-file", "body"], arguments].concat(), &[("SECRET", "s")])
            .await
            .ended(2)
    };
    assert!(verify(&["--provider", "strpe", "--secret-env", "SECRET"]).await.err.contains("stripe"));
    assert!(
        verify(&["--provider", "stripe", "--secret-env", "NOT_SET"]).await.err.contains("NOT_SET is not set")
    );
    assert!(verify(&["--provider", "stripe"]).await.err.contains("--secret-env"));
    assert!(verify(&["--endpoint", "a", "--provider", "stripe"]).await.err.contains("cannot be used with"));
    assert!(verify(&[&WHOM[..], &["-H", "nonsense"]].concat()).await.err.contains("Name: value"));
    let said = place.run_with(
        &["verify", "--provider", "stripe", "--secret-env", "S", "--body-file", "nowhere"],
        &[("S", "s")],
    );
    assert!(said.await.ended(2).err.contains("can't read nowhere"));
    for other in [["--batch", "nowhere"], ["--public-key-file", "nowhere"]] {
        let given = ["verify", "--provider", "discord", "--body-file", "body"];
        let given = if other[0] == "--batch" { &given[..1] } else { &given[..] };
        let said = place.run_with(&[given, &other].concat(), &[]).await;
        assert!(said.ended(2).err.contains("can't read nowhere"), "{other:?}");
    }
}

#[tokio::test]
async fn what_a_certificate_out_of_the_request_proves_is_not_said_to_be_of_another_secret() {
    let place = Place::new();
    place.write("hookstream.toml", "[[endpoints]]\nid = 'sns'\nprovider = 'aws-sns'\n");
    place.write("body", "{}");
    let said = place.run(&["verify", "--endpoint", "sns", "--body-file", "body"]).await.ended(2);
    assert!(said.err.contains("--provider aws-sns") && said.err.contains("--public-key-file"), "{said:?}");
}

#[tokio::test]
async fn a_batch_has_a_verdict_for_each_line_whatever_is_in_it_and_ends_quietly_with_its_reader() {
    let place = Place::new();
    place.write("cases", b"\xff\n\n{}\n");
    let said = place.run(&["verify", "--batch", "cases"]).await.ended(1);
    let codes: Vec<_> = said.json().iter().map(|verdict| verdict["code"].clone()).collect();
    assert_eq!(codes, ["malformed_case", "malformed_case"]);
    place.write("cases", "{}\n".repeat(10_000));
    let mut command = place.command(&["verify", "--batch", "cases"]);
    let mut verify = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(verify.stdout.take());
    let said = verify.wait_with_output().await.unwrap();
    assert_eq!((said.status.code(), String::from_utf8_lossy(&said.stderr)), (Some(0), "".into()));
}

#[tokio::test]
async fn whoever_asks_line_by_line_has_each_verdict_before_the_next_question() {
    let place = Place::new();
    let mut command = place.command(&["verify", "--batch", "-"]);
    let mut verify = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut asking, told) = (verify.stdin.take().unwrap(), verify.stdout.take().unwrap());
    let mut told = BufReader::new(told).lines();
    for _ in 0..2 {
        asking.write_all(b"{}\n").await.unwrap();
        let verdict = tokio::time::timeout(Duration::from_secs(20), told.next_line()).await;
        assert!(verdict.expect("it is told at once").unwrap().unwrap().contains("malformed_case"));
    }
    drop(asking);
    assert_eq!(verify.wait().await.unwrap().code(), Some(1));
}
