//! Signatures by a certificate that the request names: fetched from a server whose authority the gateway is told to trust.

use std::fmt::Write;

use event::Millis;
use serde_json::{Value, json};
use tests::{Answer, Authority, Gateway, Page, Site, Valid, python, rsa_sign_with};

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:orders";
const SNS: &str = "sns.amazonaws.com";
const PAYPAL: &str = "messageverificationcerts.paypal.com";

/// A gateway with endpoints `sns`, `untopical` (without topics) and `paypal`, and the server that their certificates lie on.
struct Bench {
    // First, so that it ends before what it asks.
    gateway: Gateway,
    site: Site,
    authority: Authority,
}

impl Bench {
    async fn start(more: &str) -> Self {
        let authority = Authority::new();
        authority.issue("server", "localhost", "root", Valid::Now);
        let site = Site::start(&authority.file("server.pem"), &authority.file("server.key"));
        let mut config = format!("[certificates]\n{more}\n");
        let place = format!("certificate_places = [\"localhost:{}/*\"]", site.port);
        for (id, provider, own) in [
            ("sns", "aws-sns", format!("topics = [\"{TOPIC}\"]")),
            ("untopical", "aws-sns", "topics = []".to_owned()),
            ("paypal", "paypal", "webhook_id = \"WH-own\"".to_owned()),
        ] {
            let endpoint =
                format!("id = \"{id}\"\nprovider = \"{provider}\"\nsignature = {{ {place}, {own} }}");
            write!(config, "[[endpoints]]\n{endpoint}\n\n").expect("a String");
        }
        let trusted = authority.file("root.pem").display().to_string();
        let gateway = Gateway::start_with(&config, &[("SSL_CERT_FILE", trusted)]).await;
        Self { gateway, site, authority }
    }

    /// Puts a certificate of this name on the server.
    fn publish(&self, name: &str) {
        self.site.put(
            &format!("/{name}.pem"),
            Page::Document(self.authority.pem(&format!("{name}.pem")).into_bytes()),
        );
    }

    async fn post(&self, endpoint: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut all: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if !headers.iter().any(|(name, _)| *name == "Content-Type") {
            all.push(("Content-Type".to_owned(), "text/plain; charset=UTF-8".to_owned()));
        }
        self.gateway.sender(endpoint).post(body, all).await
    }

    async fn sns(&self, message: &Value, key: &str, certificate: &str) -> Answer {
        let body = self.signed(message, "2", key, &self.site.url(&format!("/{certificate}.pem")));
        self.post("sns", &[], &body).await
    }

    /// The message as Amazon SNS signs it, with the key of this name.
    fn signed(&self, message: &Value, version: &str, key: &str, url: &str) -> String {
        let fields = message.as_object().expect("an object");
        // serde_json keeps keys sorted, as SNS signs them.
        let text: String = fields
            .iter()
            .map(|(name, value)| format!("{name}\n{}\n", value.as_str().expect("text")))
            .collect();
        let hash = if version == "1" { "sha1" } else { "sha256" };
        let signature = rsa_sign_with(hash, &self.authority.file(&format!("{key}.key")), text.as_bytes());
        let mut whole = message.clone();
        whole["SignatureVersion"] = version.into();
        whole["Signature"] = signature.into();
        whole["SigningCertURL"] = url.into();
        whole.to_string()
    }

    async fn paypal(&self, body: &str, key: &str, url: &str) -> Answer {
        let crc =
            python("import sys, zlib\nprint(zlib.crc32(sys.stdin.buffer.read()))", &[], body.as_bytes());
        let at = Millis::now().to_string();
        let text = format!("t-1|{at}|WH-own|{crc}");
        let signature = rsa_sign_with("sha256", &self.authority.file(&format!("{key}.key")), text.as_bytes());
        let headers = [
            ("Content-Type", "application/json"),
            ("PAYPAL-TRANSMISSION-ID", "t-1"),
            ("PAYPAL-TRANSMISSION-TIME", &at),
            ("PAYPAL-TRANSMISSION-SIG", &signature),
            ("PAYPAL-CERT-URL", url),
        ];
        self.post("paypal", &headers, body).await
    }

    async fn is_no_event(&self) {
        let depths = self.gateway.store.depths(Millis::now()).await.expect("Redis answers");
        assert!(depths.iter().all(|depth| depth.depth == 0), "something became an event: {depths:?}");
    }
}

fn notification(id: &str) -> Value {
    json!({
        "Type": "Notification", "MessageId": id, "TopicArn": TOPIC, "Subject": "Hi", "Message": "{\"n\":1}",
        "Timestamp": "2026-01-01T00:00:00.000Z",
    })
}

fn confirmation(kind: &str, topic: &str, url: &str) -> Value {
    json!({
        "Type": kind, "MessageId": "c-1", "TopicArn": topic, "Token": "t0k3n", "Message": "Confirm?",
        "SubscribeURL": url, "Timestamp": "2026-01-01T00:00:00.000Z",
    })
}

#[tokio::test]
async fn a_certificate_is_fetched_once_for_many_requests_and_proves_both_versions_of_snss_signature() {
    let bench = Bench::start("allow_private = true").await;
    bench.authority.issue("good", SNS, "root", Valid::Now);
    bench.publish("good");
    let url = bench.site.url("/good.pem");
    let bodies: Vec<String> = (0..24)
        .map(|n| {
            bench.signed(&notification(&format!("m-{n}")), if n % 2 == 0 { "1" } else { "2" }, "good", &url)
        })
        .collect();
    let answers =
        futures_util::future::join_all(bodies.iter().map(|body| bench.post("sns", &[], body))).await;
    answers.iter().for_each(|answer| assert!(!answer.event_id().is_empty()));
    assert_eq!(bench.site.asked(), ["/good.pem"]);
    // One changed byte, and an id that was seen before.
    let forged = bench.post("sns", &[], &bodies[0].replacen("\\\"n\\\":1", "\\\"n\\\":2", 1)).await;
    assert_eq!((forged.status, forged.code()), (401, "invalid_signature"), "{forged:?}");
    assert_eq!(bench.post("sns", &[], &bodies[0]).await.header("Idempotent-Replayed"), "true");
    // Another topic's message is signed by Amazon just as well.
    let mut foreign = notification("m-99");
    foreign["TopicArn"] = "arn:aws:sns:eu-west-1:666666666666:orders".into();
    let foreign = bench.sns(&foreign, "good", "good").await;
    assert_eq!((foreign.status, foreign.code()), (401, "malformed_signature"), "{foreign:?}");
    assert_eq!(bench.site.asked(), ["/good.pem"]);
}

#[tokio::test]
async fn paypals_signature_is_proven_by_a_certificate_in_its_name_and_no_other() {
    let bench = Bench::start("allow_private = true").await;
    bench.authority.issue("good", PAYPAL, "root", Valid::Now);
    bench.authority.issue("expired", PAYPAL, "root", Valid::LongAgo);
    bench.authority.issue("foreign", "messageverificationcerts.paypal.com.example", "root", Valid::Now);
    bench.authority.self_signed("own", PAYPAL);
    let body = r#"{"id":"WH-1","event_type":"PAYMENT.SALE.COMPLETED","n":1}"#;
    for name in ["good", "expired", "foreign", "own"] {
        bench.publish(name);
    }
    bench.paypal(body, "good", &bench.site.url("/good.pem")).await.event_id();
    for (name, why) in [
        ("expired", "it has expired"),
        ("foreign", "it is not issued to this provider"),
        ("own", "it was not issued by an authority that this machine trusts"),
    ] {
        let refused = bench.paypal(body, name, &bench.site.url(&format!("/{name}.pem"))).await;
        assert_eq!((refused.status, refused.code()), (401, "invalid_signature"), "{name}: {refused:?}");
        assert!(bench.gateway.program.said().contains(why), "{name}: {}", bench.gateway.program.said());
    }
    // Somebody else's key under a good certificate.
    let forged = bench.paypal(body, "foreign", &bench.site.url("/good.pem")).await;
    assert_eq!((forged.status, forged.code()), (401, "invalid_signature"), "{forged:?}");
    let asked = bench.site.asked().len();
    for elsewhere in [
        "https://localhost/good.pem".to_owned(),
        bench.site.url("/good.pem").replace("https", "http"),
        bench.site.url("/good.pem?x"),
        format!("https://localhost:{}@127.0.0.1:{}/good.pem", bench.site.port, bench.site.port),
    ] {
        let refused = bench.paypal(body, "good", &elsewhere).await;
        assert_eq!((refused.status, refused.code()), (401, "malformed_signature"), "{elsewhere}");
    }
    assert_eq!(bench.site.asked().len(), asked, "a certificate elsewhere was fetched");
}

#[tokio::test]
async fn an_issuer_that_is_missing_is_fetched_from_where_the_certificate_says() {
    let bench = Bench::start("allow_private = true").await;
    bench.authority.intermediate("between");
    let place = bench.site.url("/between.cer");
    bench.authority.issue_with_place("leaf", SNS, "between", &place);
    bench.authority.issue("lone", SNS, "between", Valid::Now);
    bench.publish("leaf");
    bench.publish("lone");
    bench.site.put("/between.cer", Page::Document(bench.authority.pem("between.pem").into_bytes()));
    bench.sns(&notification("m-1"), "leaf", "leaf").await.event_id();
    bench.sns(&notification("m-2"), "leaf", "leaf").await.event_id();
    assert_eq!(bench.site.asked(), ["/leaf.pem", "/between.cer"]);
    let lone = bench.sns(&notification("m-3"), "lone", "lone").await;
    assert_eq!((lone.status, lone.code()), (401, "invalid_signature"), "{lone:?}");
    // As PayPal has it: the issuers come along.
    let both = bench.authority.pem("lone.pem") + &bench.authority.pem("between.pem");
    bench.site.put("/whole.pem", Page::Document(both.into_bytes()));
    bench.sns(&notification("m-4"), "lone", "whole").await.event_id();
}

#[tokio::test]
async fn what_cannot_be_fetched_is_answered_with_503_and_is_tried_again_later() {
    let bench = Bench::start("allow_private = true\ntimeout = 1").await;
    bench.authority.issue("good", SNS, "root", Valid::Now);
    bench.publish("good");
    bench.site.put("/redirect.pem", Page::Redirect(bench.site.url("/good.pem")));
    bench.site.put("/large.pem", Page::Document(vec![b'-'; 70_000]));
    bench.site.put("/slow.pem", Page::Silence);
    bench.site.put("/empty.pem", Page::Document(b"not found".to_vec()));
    bench.site.put("/broken.pem", Page::Status(500));
    for name in ["redirect", "large", "slow", "empty", "broken", "absent"] {
        for _ in 0..2 {
            let answer = bench.sns(&notification("m-1"), "good", name).await;
            assert_eq!(
                (answer.status, answer.code()),
                (503, "certificate_unavailable"),
                "{name}: {answer:?}"
            );
            assert_eq!(answer.header("Retry-After"), "5");
        }
        assert!(bench.site.count(&format!("/{name}.pem")) >= 1, "{name}");
    }
    assert_eq!(bench.site.count("/good.pem"), 0, "a redirect was followed");
    assert_eq!(bench.site.count("/absent.pem"), 1, "a failure is not asked for again at once");
    bench.is_no_event().await;
    bench.site.put("/absent.pem", Page::Document(bench.authority.pem("good.pem").into_bytes()));
    tests::eventually("a failure is forgotten", async || {
        (bench.sns(&notification("m-2"), "good", "absent").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_address_of_a_private_network_is_not_asked_and_a_server_that_is_not_trusted_not_believed() {
    let bench = Bench::start("").await;
    bench.authority.issue("good", SNS, "root", Valid::Now);
    bench.publish("good");
    let answer = bench.sns(&notification("m-1"), "good", "good").await;
    assert_eq!((answer.status, answer.code()), (503, "certificate_unavailable"), "{answer:?}");
    assert!(
        bench.gateway.program.said().contains("not public (loopback)"),
        "{}",
        bench.gateway.program.said()
    );
    assert!(bench.site.asked().is_empty());
    drop(bench);

    let authority = Authority::new();
    authority.self_signed("server", "localhost");
    authority.issue("good", SNS, "root", Valid::Now);
    let site = Site::start(&authority.file("server.pem"), &authority.file("server.key"));
    site.put("/good.pem", Page::Document(authority.pem("good.pem").into_bytes()));
    let config = format!(
        "[certificates]\nallow_private = true\n[[endpoints]]\nid = \"sns\"\nprovider = \"aws-sns\"\nsignature = {{ \
         certificate_places = [\"localhost:{}/*\"] }}\n",
        site.port
    );
    let trusted = authority.file("root.pem").display().to_string();
    let gateway = Gateway::start_with(&config, &[("SSL_CERT_FILE", trusted)]).await;
    let bench = Bench { gateway, site, authority };
    let answer = bench.sns(&notification("m-1"), "good", "good").await;
    assert_eq!((answer.status, answer.code()), (503, "certificate_unavailable"), "{answer:?}");
    assert!(bench.site.asked().is_empty());
}

#[tokio::test]
async fn a_subscription_is_confirmed_for_a_topic_that_the_endpoint_names_and_for_no_other() {
    let bench = Bench::start("allow_private = true").await;
    bench.authority.issue("good", SNS, "root", Valid::Now);
    bench.publish("good");
    bench.site.put("/", Page::Document(b"<ConfirmSubscriptionResponse/>".to_vec()));
    let url = bench.site.url("/?Action=ConfirmSubscription&Token=t0k3n");
    let confirm = |topic, url: &str| confirmation("SubscriptionConfirmation", topic, url);

    let forged = bench.signed(&confirm(TOPIC, &url), "2", "server", &bench.site.url("/good.pem"));
    assert_eq!(bench.post("sns", &[], &forged).await.code(), "invalid_signature");
    let foreign =
        bench.sns(&confirm("arn:aws:sns:eu-west-1:666666666666:orders", &url), "good", "good").await;
    assert_eq!((foreign.status, foreign.code()), (401, "malformed_signature"), "{foreign:?}");
    let elsewhere =
        bench.sns(&confirm(TOPIC, "https://localhost/?Action=ConfirmSubscription"), "good", "good").await;
    assert_eq!((elsewhere.status, elsewhere.code()), (403, "handshake_refused"), "{elsewhere:?}");
    let untopical = bench.signed(&confirm(TOPIC, &url), "2", "good", &bench.site.url("/good.pem"));
    let untopical = bench.post("untopical", &[], &untopical).await;
    assert_eq!((untopical.status, untopical.code()), (403, "handshake_refused"), "{untopical:?}");
    assert_eq!(bench.site.count("/"), 0, "a subscription was confirmed that nobody wants");

    assert_eq!(bench.sns(&confirm(TOPIC, &url), "good", "good").await.status, 200);
    assert_eq!(bench.site.count("/"), 1);
    assert!(bench.site.asked().contains(&"/?Action=ConfirmSubscription&Token=t0k3n".to_owned()));
    let ended = bench.sns(&confirmation("UnsubscribeConfirmation", TOPIC, &url), "good", "good").await;
    assert_eq!((ended.status, bench.site.count("/")), (200, 1), "{ended:?}");

    bench.site.put("/", Page::Status(500));
    let failed = bench.sns(&confirm(TOPIC, &url), "good", "good").await;
    assert_eq!((failed.status, failed.code()), (503, "confirmation_failed"), "{failed:?}");
    assert_eq!(failed.header("Retry-After"), "5");
    bench.is_no_event().await;
}
