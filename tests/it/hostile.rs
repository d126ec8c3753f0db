//! Bad requests, byte by byte over raw sockets: each is refused by its right class, none is accepted, none makes the
//! gateway fail or hang, and a good request works right after.

pub(crate) mod attack;
mod bodies;
mod chunks;
mod framing;
mod heads;
mod proxied;
mod signatures;
mod targets;

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::iter;
use tests::{Gateway, Receiver, until};

use attack::{Answer, Attack, send};

const SECRET: &str = "hostile_secret_0123456789abcdef";

/// An answer, or the end of the connection, comes within this.
const LONGEST: Duration = Duration::from_secs(15);
const AT_ONCE: usize = 16;

/// Endpoints of each kind; every event that is accepted reaches the receiver.
fn config(receiver: &Receiver) -> String {
    let open = "provider = \"custom\"\nsignature_verification = false";
    let signed = |provider: &str| format!("provider = \"{provider}\"\nsecrets = [\"{SECRET}\"]");
    let timed = "signature = { timestamp_header = \"X-Webhook-Timestamp\" }";
    let endpoints = [
        ("open", open.to_owned()),
        ("xml", format!("{open}\nevent_format = \"xml\"")),
        ("form", format!("{open}\nevent_format = \"form\"")),
        ("off", format!("{open}\nenabled = false")),
        ("good", signed("custom")),
        ("custom", signed("custom")),
        ("timed", format!("{}\n{timed}", signed("custom"))),
        ("stripe", signed("stripe")),
        ("github", signed("github")),
        ("slack", signed("slack")),
        ("standard-webhooks", signed("standard-webhooks")),
    ];
    let endpoints = endpoints.map(|(id, more)| format!("[[endpoints]]\nid = \"{id}\"\n{more}\n\n"));
    format!(
        "[server]\nrequest_timeout = 2\nmax_request_size = 210000\n[rate_limit]\nrequests_per_minute = 0\n{}\
         [[routes]]\nname = \"all\"\nhandler = \"out\"\n\
         [handlers.out]\ntype = \"http\"\nurl = \"{}\"\nallow_private = true\n",
        endpoints.concat(),
        receiver.url()
    )
}

/// Sends all of them, then one good request: only that is accepted and delivered.
async fn withstand(attacks: Vec<Attack>) {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(&receiver)).await;
    let count = attacks.len();
    let port = gateway.port;
    let sending = attacks.into_iter().map(|attack| async move {
        let began = Instant::now();
        let answer = send(port, &attack.bytes, LONGEST).await;
        (attack, answer, began.elapsed())
    });
    let answers: Vec<_> = iter(sending).buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<String> =
        answers.iter().filter_map(|(attack, answer, took)| judge(attack, answer, *took)).collect();
    assert!(wrong.is_empty(), "{} of {count} were answered wrongly:\n{}", wrong.len(), wrong.join("\n"));
    let said = gateway.program.said();
    assert!(!said.contains("panicked"), "{said}");

    gateway.sender("good").send(r#"{"type":"good"}"#).await.event_id();
    until("the good one is delivered", 1, async || receiver.count()).await;
    assert_eq!(receiver.calls()[0].header("hookstream-event-type"), "good", "{:?}", receiver.calls());
    let (_, metrics) = gateway.page("/metrics").await;
    assert_eq!(metrics["requests"]["success"], 1, "only the good one was accepted: {metrics}");
}

/// What is wrong with an answer, if anything.
fn judge(attack: &Attack, answer: &Answer, took: Duration) -> Option<String> {
    let code = attack.code.of(answer.status);
    let why = if took >= LONGEST {
        "it hangs"
    } else if !attack.wanted.contains(&answer.status) {
        "another class"
    } else if answer.code() != code.unwrap_or_default() {
        "another code"
    } else if code.is_some() && !answer.is_problem() {
        "not a whole problem document"
    } else {
        return None;
    };
    let Attack { name, wanted, .. } = attack;
    Some(format!("{name}: {why}: wanted {wanted:?} {code:?} after {took:?}: {answer:?}"))
}

#[tokio::test]
async fn framing_that_two_servers_could_read_differently_is_refused() {
    withstand(framing::attacks()).await;
}

#[tokio::test]
async fn chunks_that_are_none_are_refused() {
    withstand(chunks::attacks()).await;
}

#[tokio::test]
async fn heads_that_are_none_are_refused() {
    withstand(heads::attacks()).await;
}

#[tokio::test]
async fn targets_and_methods_that_lead_nowhere_are_refused() {
    withstand(targets::attacks()).await;
}

#[tokio::test]
async fn signatures_of_no_provider_are_refused() {
    withstand(signatures::attacks()).await;
}

#[tokio::test]
async fn bodies_that_are_not_what_they_say_are_refused() {
    withstand(bodies::attacks()).await;
}

/// The HTTP library under us panics on such a name, if it gets it.
#[tokio::test]
async fn a_header_name_of_100_kb_is_refused_before_the_parser_has_it() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&config(&receiver)).await;
    let name = format!("{}X-{}: a\r\n", attack::JSON, "a".repeat(100_000));
    let long = attack::measured("open", &name, attack::BODY.as_bytes());
    let chunked = format!("POST /webhook/nowhere HTTP/1.1\r\nHost: a\r\n{}", attack::JSON);
    let chunked = format!("{chunked}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").into_bytes();
    let good = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    for first in [Vec::new(), good.clone(), good.repeat(3), chunked] {
        // Alone, and sent together with requests before it.
        let answer = send(gateway.port, &[first.as_slice(), &long].concat(), LONGEST).await;
        let wanted = if first.is_empty() { 431 } else { answer.status };
        assert_eq!((answer.status, answer.status > 0), (wanted, true), "{answer:?}");
    }
    gateway.sender("good").send(r#"{"type":"good"}"#).await.event_id();
    until("the good one is delivered", 1, async || receiver.count()).await;
    let said = gateway.program.said();
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn there_are_more_than_a_hundred_and_fifty_of_them_and_no_two_are_alike() {
    let all = [
        framing::attacks(),
        chunks::attacks(),
        heads::attacks(),
        targets::attacks(),
        signatures::attacks(),
        bodies::attacks(),
    ]
    .concat();
    let distinct: std::collections::HashSet<_> = all.iter().map(|attack| &attack.bytes).collect();
    assert_eq!(distinct.len(), all.len());
    assert!(all.len() > 150, "{}", all.len());
}
