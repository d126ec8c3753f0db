//! V: who sent it.

use std::fmt::Write;

use event::Millis;
use tests::{Answer, Gateway, Sender, hmac, python, rsa_key, rsa_sign};

const BODY: &str = r#"{"type":"thing.made","n":1}"#;
const SECRET: &str = "verifying_secret_0123456789";

/// An endpoint in TOML.
fn endpoint(id: &str, provider: &str, secrets: &str, more: &str) -> String {
    format!("[[endpoints]]\nid = \"{id}\"\nprovider = \"{provider}\"\n{secrets}\n{more}\n\n")
}

fn shared(id: &str, provider: &str, more: &str) -> String {
    endpoint(id, provider, &format!("secrets = [\"{SECRET}\"]"), more)
}

async fn post(sender: &Sender, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    sender.post(body, all).await
}

/// Accepted as signed, refused with one byte changed.
async fn proves(sender: &Sender, body: &str, headers: &[(&str, &str)]) {
    post(sender, body, headers).await.event_id();
    let changed = body.replacen('1', "2", 1);
    assert_ne!(changed, body);
    let refused = post(sender, &changed, headers).await;
    assert_eq!((refused.status, refused.code()), (401, "invalid_signature"), "{refused:?}");
}

#[tokio::test]
async fn v1_hmac_sha256_and_sha1_and_rsa_sha256_and_sha1_made_by_openssl_are_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let public = rsa_key(folder.path());
    let mut config = String::new();
    for hash in ["sha256", "sha1"] {
        config += &shared(
            &format!("hmac-{hash}"),
            "custom",
            &format!("signature = {{ algorithm = \"hmac-{hash}\" }}"),
        );
        let keys = format!("public_keys = [\"\"\"\n{public}\"\"\"]");
        let id = format!("rsa-{hash}");
        config += &endpoint(&id, "custom", &keys, &format!("signature = {{ algorithm = \"rsa-{hash}\" }}"));
    }
    let gateway = Gateway::start(&config).await;
    for hash in ["sha256", "sha1"] {
        let hex = hmac(hash, SECRET, BODY.as_bytes());
        let by_hmac = gateway.sender(&format!("hmac-{hash}"));
        proves(&by_hmac, BODY, &[("X-Webhook-Signature", &hex)]).await;
        proves(&by_hmac, BODY, &[("X-Webhook-Signature", &hex.to_uppercase())]).await;
        proves(&by_hmac, BODY, &[("X-Webhook-Signature", &format!("{hash}={hex}"))]).await;
        let by_rsa = gateway.sender(&format!("rsa-{hash}"));
        proves(&by_rsa, BODY, &[("X-Webhook-Signature", &rsa_sign(hash, folder.path(), BODY.as_bytes()))])
            .await;
    }
    // An algorithm is what the configuration says, never what the request says.
    let sha1 = format!("sha1={}", hmac("sha1", SECRET, BODY.as_bytes()));
    let refused = post(&gateway.sender("hmac-sha256"), BODY, &[("X-Webhook-Signature", &sha1)]).await;
    assert_eq!(refused.status, 401, "{refused:?}");
}

#[tokio::test]
async fn v2_stripes_githubs_and_slacks_own_signatures_and_a_custom_one_are_verified() {
    let config =
        ["stripe", "github", "slack", "custom"].map(|provider| shared(provider, provider, "")).concat();
    let gateway = Gateway::start(&config).await;
    let now = Millis::now().seconds().to_string();

    let stripe =
        r#"{"id":"evt_1","object":"event","type":"charge.succeeded","data":{"object":{"amount":100}}}"#;
    let by_stripe = python(
        "import sys, stripe\nbody = sys.stdin.read()\nt, secret = sys.argv[1:]\n\
         print(f't={t},v1=' + stripe.WebhookSignature._compute_signature(f'{t}.{body}', secret))",
        &[&now, SECRET],
        stripe.as_bytes(),
    );
    proves(&gateway.sender("stripe"), stripe, &[("Stripe-Signature", &by_stripe)]).await;

    let slack = r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"message"}}"#;
    let by_slack = python(
        "import sys\nfrom slack_sdk.signature import SignatureVerifier\nbody = sys.stdin.read()\n\
         t, secret = sys.argv[1:]\nprint(SignatureVerifier(secret).generate_signature(timestamp=t, body=body))",
        &[&now, SECRET],
        slack.as_bytes(),
    );
    let headers = [("X-Slack-Signature", by_slack.as_str()), ("X-Slack-Request-Timestamp", &now)];
    proves(&gateway.sender("slack"), slack, &headers).await;

    let github = r#"{"ref":"refs/heads/main1"}"#;
    let by_github = format!("sha256={}", hmac("sha256", SECRET, github.as_bytes()));
    let headers = [
        ("X-Hub-Signature-256", by_github.as_str()),
        ("X-GitHub-Event", "push"),
        ("X-GitHub-Delivery", "d-1"),
    ];
    proves(&gateway.sender("github"), github, &headers).await;

    let custom = hmac("sha256", SECRET, BODY.as_bytes());
    proves(&gateway.sender("custom"), BODY, &[("X-Webhook-Signature", &custom)]).await;
}

#[tokio::test]
async fn v3_a_timestamp_outside_the_tolerance_is_refused_on_both_sides() {
    let custom = "signature = { timestamp_header = \"X-Webhook-Timestamp\" }\ntimestamp_tolerance = 60";
    let config = [shared("stripe", "stripe", ""), shared("mine", "custom", custom)].concat();
    let gateway = Gateway::start(&config).await;
    let now = Millis::now().seconds();
    for (age, accepted) in [(0, true), (290, true), (-290, true), (310, false), (-310, false)] {
        let t = now - age;
        let signature = hmac("sha256", SECRET, format!("{t}.{BODY}").as_bytes());
        let answer =
            post(&gateway.sender("stripe"), BODY, &[("Stripe-Signature", &format!("t={t},v1={signature}"))])
                .await;
        let wanted = if accepted { (200, "") } else { (401, "stale_timestamp") };
        assert_eq!((answer.status, answer.code()), wanted, "signed {age} s ago");
    }
    for (age, accepted) in [(50, true), (70, false), (-70, false)] {
        let t = (now - age).to_string();
        let signature = hmac("sha256", SECRET, format!("{t}.{BODY}").as_bytes());
        let headers = [("X-Webhook-Signature", signature.as_str()), ("X-Webhook-Timestamp", &t)];
        assert_eq!(
            post(&gateway.sender("mine"), BODY, &headers).await.status == 200,
            accepted,
            "signed {age} s ago"
        );
    }
}

#[tokio::test]
async fn v4_a_signature_that_is_wrong_in_any_one_place_or_of_another_length_is_refused() {
    // That the comparison takes the same time wherever they differ is `subtle`'s promise, and hmac's: both are used
    // on decoded bytes, in crates/signature/src/key.rs. What can be seen from here: no place is left out.
    let config = ["sha256", "sha1"].map(|hash| {
        let unlimited = "rate_limit = { requests_per_minute = 0 }";
        shared(hash, "custom", &format!("signature = {{ algorithm = \"hmac-{hash}\" }}\n{unlimited}"))
    });
    let gateway = Gateway::start(&config.concat()).await;
    // SHA-1's twenty bytes are no whole number of words.
    for hash in ["sha256", "sha1"] {
        let (sender, right) = (gateway.sender(hash), hmac(hash, SECRET, BODY.as_bytes()));
        let code = async |signature: &str| {
            post(&sender, BODY, &[("X-Webhook-Signature", signature)]).await.code().to_owned()
        };
        for place in 0..right.len() {
            let with = |digit: &str| [&right[..place], digit, &right[place + 1..]].concat();
            let other = if right[place..].starts_with('0') { "1" } else { "0" };
            assert_eq!(code(&with(other)).await, "invalid_signature", "{hash}, place {place}");
            assert_eq!(code(&with("g")).await, "malformed_signature", "{hash}, place {place}");
        }
        for cut in ["", &right[..2], &right[..right.len() - 2], &format!("{right}00")] {
            assert_eq!(code(cut).await, "malformed_signature", "{hash}: {cut}");
        }
        post(&sender, BODY, &[("X-Webhook-Signature", &right)]).await.event_id();
    }
}

#[test]
fn v5_the_library_alone_verifies_and_says_why_not() {
    let verifier = signature::create_verifier("stripe", SECRET).expect("Stripe is a provider");
    let t = 1_700_000_000;
    let header = format!("t={t},v1={}", hmac("sha256", SECRET, format!("{t}.{BODY}").as_bytes()));
    let headers = [("Stripe-Signature", header.as_str())];
    let proof = verifier.verify(&&headers[..], BODY.as_bytes(), t).expect("it is valid");
    assert_eq!((proof.timestamp, proof.key_index), (Some(t), 0));
    let reason = |body: &str, now| {
        verifier.verify(&&headers[..], body.as_bytes(), now).expect_err("it is not valid").code()
    };
    assert_eq!(reason("{}", t), "invalid_signature");
    assert_eq!(reason(BODY, t + 301), "stale_timestamp");
    let nothing: [(&str, &str); 0] = [];
    assert_eq!(
        verifier.verify(&&nothing[..], BODY.as_bytes(), t).expect_err("no header").code(),
        "missing_signature"
    );
}

#[tokio::test]
async fn v6_secrets_from_the_environment_and_a_file_hold_together_while_rotating_and_are_never_shown() {
    const OLD: &str = "the_old_secret_0123456789";
    const NEW: &str = "the_new_secret_9876543210";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{NEW}\n")).expect("the secret can be written");
    let secrets = format!("secrets = [\"${{OLD_SECRET}}\", \"file:{}\"]", file.display());
    let environment = [("OLD_SECRET", OLD.to_owned()), ("RUST_LOG", "trace".to_owned())];
    let gateway = Gateway::start_with(&endpoint("mine", "custom", &secrets, ""), &environment).await;
    let http = reqwest::Client::new();
    let mut everything = String::new();
    for (secret, status) in [(OLD, 200), (NEW, 200), ("another_secret_0000000", 401)] {
        let request = http.post(format!("{}/webhook/mine", gateway.url())).body(BODY);
        let request = request.header("Content-Type", "application/json");
        let answer =
            request.header("X-Webhook-Signature", hmac("sha256", secret, BODY.as_bytes())).send().await;
        let answer = answer.expect("the gateway answers");
        assert_eq!(answer.status().as_u16(), status, "{secret}");
        everything += &answer.text().await.expect("text");
    }
    let (status, endpoints) = gateway.page("/admin/endpoints").await;
    assert_eq!(status, 200);
    assert_eq!(endpoints["endpoints"][0]["key_fingerprints"].as_array().map(Vec::len), Some(2));
    write!(everything, "{endpoints}{}{}", gateway.prometheus().await, gateway.program.said())
        .expect("a String");
    for entry in walk(gateway.folder.path().join("redis")) {
        everything += &String::from_utf8_lossy(&std::fs::read(entry).unwrap_or_default());
    }
    for secret in [OLD, NEW] {
        assert!(!everything.contains(secret), "a secret was shown or stored");
    }
}

fn walk(folder: std::path::PathBuf) -> Vec<std::path::PathBuf> {
    let entries =
        std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(path) } else { vec![path] }).collect()
}
