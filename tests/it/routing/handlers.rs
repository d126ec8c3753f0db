//! T7: handlers of one's own: over HTTP, on a Redis stream, in Rust.

use event::Millis;
use serde_json::json;
use signature::{Key, Scheme, Secret, Verifier};
use tests::{
    ADMIN_TOKEN, Call, Fleet, Gateway, Receiver, eventually, idle, python, python_program, redis_cli,
    repository, until,
};

use super::{config, route};

const SIGNING: &str = "whsec_c2lnbmluZ19zZWNyZXRfb2ZfdGhlX3Rlc3RzXzAxMjM=";
const BODY: &str = "{ \"type\" : \"thing.made\", \"n\": 1.50 }\n";

/// Is it signed by Standard Webhooks, says our own crate.
fn verified(call: &Call, secret: &str) -> bool {
    let key = Key::Shared(Secret::new(secret).expect("a secret"));
    let scheme = Scheme::named("standard-webhooks").expect("we know it");
    let verifier = Verifier::new(scheme, vec![key], 300).expect("a verifier");
    let headers: Vec<(String, String)> = call.headers.clone().into_iter().collect();
    verifier.verify(&headers, &call.body, Millis::now().seconds()).is_ok()
}

#[tokio::test]
async fn t7_an_http_handler_gets_the_body_signed_and_under_the_same_id_on_each_attempt() {
    let receiver = Receiver::start().await;
    let mut config = config(&receiver, "backoff_base = 0.05", &route("all", ""));
    config += &format!("signing_secret = \"{SIGNING}\"\nheaders = {{ \"X-Team\" = \"billing\" }}\n");
    let gateway = Gateway::start(&config).await;
    receiver.answer_once(500, &[]);
    receiver.answer_once(408, &[]);
    let id = gateway.sender("in").send(BODY).await.event_id();
    until("three attempts", 3, async || receiver.count()).await;
    let calls = receiver.calls();
    for (call, attempt) in calls.iter().zip(["1", "2", "3"]) {
        assert_eq!(call.text(), BODY, "to the byte");
        for (header, wanted) in [
            ("content-type", "application/json"),
            ("hookstream-event-id", id.as_str()),
            ("hookstream-event-type", "thing.made"),
            ("hookstream-source", "custom"),
            ("hookstream-endpoint", "in"),
            ("hookstream-route", "all"),
            ("hookstream-attempt", attempt),
            ("webhook-id", calls[0].header("webhook-id")),
            ("x-team", "billing"),
        ] {
            assert_eq!(call.header(header), wanted, "{header}");
        }
        assert!(
            !call.header("webhook-id").is_empty() && !call.header("webhook-id").contains('.'),
            "{call:?}"
        );
        assert_eq!(call.header("traceparent").len(), 55, "{call:?}");
        assert!(call.header("x-webhook-signature").is_empty(), "the provider's signature is not passed on");
        assert!(verified(call, SIGNING), "{call:?}");
        assert!(!verified(call, "whsec_YW5vdGhlcl9zZWNyZXRfMDEyMzQ1Njc4OQ=="), "{call:?}");
        // And by somebody else's hand.
        let signed = python(
            "import sys, hmac, hashlib, base64\nid, time, secret = sys.argv[1:]\nbody = sys.stdin.buffer.read()\n\
             key = base64.b64decode(secret.removeprefix('whsec_'))\n\
             text = f'{id}.{time}.'.encode() + body\n\
             print('v1,' + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode())",
            &[call.header("webhook-id"), call.header("webhook-timestamp"), SIGNING],
            &call.body,
        );
        assert_eq!(call.header("webhook-signature"), signed);
    }
}

#[tokio::test]
async fn t7_an_event_of_two_routes_has_two_ids_and_a_private_address_must_be_allowed() {
    let receiver = Receiver::start().await;
    let routes =
        route("one", "") + &route("other", "") + &route("barred", "").replace("\"out\"", "\"barred\"");
    let barred = format!("[handlers.barred]\ntype = \"http\"\nurl = \"{}\"\n", receiver.url());
    let gateway = Gateway::start(&config(&receiver, "backoff_base = 0.01", &(routes + &barred))).await;
    gateway.sender("in").send(BODY).await.event_id();
    idle(&gateway.store).await;
    let calls = receiver.calls();
    assert_eq!(calls.len(), 2);
    assert_ne!(calls[0].header("webhook-id"), calls[1].header("webhook-id"));
    assert!(calls.iter().all(|call| call.header("webhook-signature").is_empty()), "there is no secret");
    let letters = gateway.store.newest_dead_letters(9).await.expect("Redis answers");
    assert_eq!((letters.len(), letters[0].text("route")), (1, "barred"));
    assert!(letters[0].text("error").contains("allow_private"), "{letters:?}");
}

#[tokio::test]
async fn t7_a_stream_handler_is_read_and_acknowledged_by_a_python_program() {
    let receiver = Receiver::start().await;
    let stream = "[handlers.stream]\ntype = \"stream\"\nstream = \"my:payments\"\n";
    let routes = route("streamed", "").replace("\"out\"", "\"stream\"") + stream;
    let gateway = Gateway::start(&config(&receiver, "", &routes)).await;
    let sender = gateway.sender("in");
    let mut ids = Vec::new();
    for amount in [100, 250] {
        let object = json!({ "id": format!("pi_{amount}"), "amount": amount });
        let body = json!({ "type": "payment_intent.succeeded", "data": { "object": object } });
        ids.push(sender.send(&body.to_string()).await.event_id());
    }
    idle(&gateway.store).await;
    let handler = repository().join("deploy/examples/stream-handler/handler.py");
    let redis = gateway.redis_url.clone();
    let handling = tokio::task::spawn_blocking(move || {
        python_program(&handler, &["--redis-url", &redis, "--stream", "my:payments", "--once"])
    });
    let said = handling.await.expect("the handler ends");
    for (id, amount) in ids.iter().zip(["$1.00", "$2.50"]) {
        assert!(said.lines().any(|line| line.contains(id) && line.contains(amount)), "{said}");
    }
    let pending = redis_cli(&gateway.redis_url, &["XPENDING", "my:payments", "payments"]).await;
    assert_eq!(pending.lines().next(), Some("0"), "all are acknowledged");
    assert_eq!(redis_cli(&gateway.redis_url, &["XLEN", "my:payments"]).await, "0", "and gone");
}

#[tokio::test]
async fn t7_a_rust_handler_registered_by_name_is_called_and_may_refuse_or_ask_again() {
    let receiver = Receiver::start().await;
    let routes = route("booked", "").replace("\"out\"", "\"billing\"") + &route("posted", "");
    let config =
        config(&receiver, "backoff_base = 0.05", &(routes + "[handlers.billing]\ntype = \"rust\"\n"));
    let mut fleet = Fleet::prepare(&config, &[("ADMIN_TOKEN", ADMIN_TOKEN.to_owned())]).await;
    let ingress = fleet.start("ingress").await;
    let _router = fleet.start("router").await;
    let worker = fleet.start_program("examples/custom_handler").await;
    let sender = fleet.sender(&ingress, "in");
    let payment = |currency: &str| {
        json!({ "data": { "object": { "id": "pi_77", "amount": 500, "currency": currency } } }).to_string()
    };
    let id = sender.send(&payment("usd")).await.event_id();
    eventually("its code says so", async || {
        let said = worker.program.said();
        let line =
            said.lines().find(|line| line.contains("booked") && line.contains(&id) && line.contains("pi_77"));
        line.map(str::to_owned)
    })
    .await;
    until("the same worker posts to other handlers", 1, async || receiver.count()).await;

    let refused = sender.send(&payment("dollars")).await.event_id();
    let letter = eventually("a dead letter", async || {
        fleet.store.newest_dead_letters(1).await.ok()?.into_iter().next()
    })
    .await;
    assert_eq!((letter.text("event_id"), letter.text("handler")), (refused.as_str(), "billing"));
    assert_eq!((letter.text("reason"), letter.text("attempts")), ("refused", "1"));
    assert_eq!(letter.text("error"), "the currency has not three letters");
}
