//! Stopping, and changing the configuration, in the middle of work.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use rustix::process::Signal;
use tests::{Fleet, Gateway, Member, Receiver, Sender, eventually, idle, load_during, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const OLD: &str = "stopping_0123456789";
const NEW: &str = "stopping_9876543210";
const KEPT: &str = "stopping_kept_all_along";

/// Names each event, so that one sent again is known.
fn endpoint(id: &str, secrets: &[&str]) -> String {
    format!(
        "[[endpoints]]\nid = \"{id}\"\nprovider = \"custom\"\nsecrets = {secrets:?}\nrate_limit = {{ requests_per_minute = 0 }}\n\
         signature = {{ header = \"X-Webhook-Signature\", id_header = \"X-Webhook-Id\" }}\n"
    )
}

fn route(receiver: &Receiver) -> String {
    let url = receiver.url();
    format!(
        "[[routes]]\nname = \"all\"\nhandler = \"out\"\n[handlers.out]\ntype = \"http\"\nurl = \"{url}\"\nallow_private = true\n"
    )
}

fn config(receiver: &Receiver) -> String {
    endpoint("in", &[OLD]) + &route(receiver)
}

/// How often each event was delivered.
fn times(receiver: &Receiver) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for call in receiver.calls() {
        *times.entry(call.header("hookstream-event-id").to_owned()).or_default() += 1;
    }
    times
}

#[tokio::test]
async fn every_service_is_replaced_under_load_and_nothing_is_lost_or_delivered_twice() {
    let receiver = Receiver::start().await;
    receiver.take_time(Duration::from_millis(30));
    let mut fleet = Fleet::prepare(&config(&receiver), &[]).await;
    let services = ["router", "worker", "metrics", "ingress"];
    let mut running = Vec::new();
    for service in services {
        running.push(fleet.start(service).await);
    }
    let steady = fleet.start("ingress").await;
    let (first, second) = (fleet.sender(&running[3], "in"), fleet.sender(&steady, "in"));
    let replacing = async {
        let mut successors = Vec::new();
        for (place, service) in services.into_iter().enumerate() {
            let goal = receiver.count() + 100;
            until("the next part is delivered", true, async || receiver.count() >= goal).await;
            // The successor first, as a rolling update does it.
            successors.push(fleet.start(service).await);
            stop(&mut running[place]).await;
        }
        successors
    };
    let (accepted, successors) = load_during(async |n| send(&first, &second, n).await, replacing).await;
    until("each is delivered", accepted.len(), async || times(&receiver).len()).await;
    idle(&fleet.store).await;
    let times = times(&receiver);
    assert!(accepted.iter().all(|id| times.get(id) == Some(&1)), "{times:?}");
    // Counted exactly too, though every service was replaced.
    let sent = accepted.len() as u64;
    let page = || async {
        let page = reqwest::get(format!("{}/metrics", successors[3].url())).await.expect("an answer");
        let page: serde_json::Value = page.json().await.expect("JSON");
        (page["processing"]["delivered"].as_u64(), page["endpoints"]["in"]["success"].as_u64() >= Some(sent))
    };
    until("the sums", (Some(sent), true), async || page().await).await;
}

/// Sends to the first ingress; to the second, as any provider would try again, if that is gone.
async fn send(first: &Sender, second: &Sender, n: usize) -> String {
    let body = format!(r#"{{"type":"n","n":{n}}}"#);
    let headers = first.signed(body.as_bytes());
    match first.try_post(&body, headers.clone()).await {
        Ok(answer) => answer.event_id(),
        Err(_) => second.post(&body, headers).await.event_id(),
    }
}

/// SIGTERM; it must end by itself, with 0.
async fn stop(member: &mut Member) {
    member.program.signal(Signal::TERM);
    eventually("it ends", async || (!member.program.is_running()).then_some(())).await;
    let status = member.program.wait(Duration::ZERO).unwrap_or_else(|| member.program.stop());
    assert_eq!(status.code(), Some(0), "{}", member.program.said());
}

#[tokio::test]
async fn an_ingress_that_stops_answers_the_request_that_it_has_begun_to_read() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&config(&receiver), &[]).await;
    let mut ingress = fleet.start("ingress").await;
    let body = r#"{"type":"slow","filling":"12345678901234567890"}"#;
    let headers = fleet.sender(&ingress, "in").signed(body.as_bytes());
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = "POST /webhook/in HTTP/1.1\r\nHost: a\r\nExpect: 100-continue";
    let mut socket = TcpStream::connect(("127.0.0.1", ingress.port)).await.expect("it listens");
    let head = format!("{head}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    socket.write_all(head.as_bytes()).await.expect("it reads");
    let mut go_on = *b"HTTP/1.1 100 Continue\r\n\r\n";
    socket.read_exact(&mut go_on).await.expect("it has read the head");
    assert!(go_on.starts_with(b"HTTP/1.1 100 "), "{go_on:?}");
    socket.write_all(&body.as_bytes()[..10]).await.expect("it reads");
    ingress.program.signal(Signal::TERM);
    eventually("nobody new is let in", async || TcpStream::connect(("127.0.0.1", ingress.port)).await.err())
        .await;
    // A server without patience would be gone by then.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(ingress.program.is_running(), "it waits for us");
    socket.write_all(&body.as_bytes()[10..]).await.expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"accepted\""), "{answer}");
    assert_eq!(ingress.program.stop().code(), Some(0), "{}", ingress.program.said());
    let waiting = fleet.store.depths(event::Millis::now()).await.expect("Redis answers");
    assert_eq!(waiting[0].depth, 1, "Redis has it: {waiting:?}");
}

#[tokio::test]
async fn a_worker_that_stops_finishes_what_it_has_in_hand_and_leaves_the_rest() {
    const EVENTS: usize = 20;
    let receiver = Receiver::start().await;
    receiver.take_time(Duration::from_millis(700));
    let mut fleet = Fleet::prepare(&(config(&receiver) + "[worker]\nconcurrency = 6\n"), &[]).await;
    let (ingress, _router) = (fleet.start("ingress").await, fleet.start("router").await);
    let mut worker = fleet.start("worker").await;
    let sender = fleet.sender(&ingress, "in");
    for n in 0..EVENTS {
        sender.send(&n.to_string()).await.event_id();
    }
    until("its hands are full", true, async || receiver.count() >= 6).await;
    stop(&mut worker).await;
    let reached = receiver.count();
    assert!(reached < EVENTS, "the stop came too late to show anything");
    let depths = fleet.store.depths(event::Millis::now()).await.expect("Redis answers");
    let left: u64 = depths.iter().map(|depth| depth.depth).sum();
    let pending: u64 = depths.iter().map(|depth| depth.pending).sum();
    assert_eq!((left as usize, pending), (EVENTS - reached, 0), "what was begun is settled: {depths:?}");
    let _successor = fleet.start("worker").await;
    until("the rest is delivered", EVENTS, async || receiver.count()).await;
    idle(&fleet.store).await;
    assert!(times(&receiver).into_values().all(|times| times == 1));
}

#[tokio::test]
async fn the_configuration_changes_under_load_without_a_failed_request() {
    let receiver = Receiver::start().await;
    let gateway = Gateway::start(&(endpoint("in", &[KEPT, OLD]) + &route(&receiver))).await;
    let changing = async {
        let (kept, old) = (signer(&gateway, "in", KEPT), signer(&gateway, "in", OLD));
        let (new, added) = (signer(&gateway, "in", NEW), signer(&gateway, "added", NEW));
        assert_eq!(added.send("{}").await.code(), "unknown_endpoint");
        assert_eq!(new.send("{}").await.code(), "invalid_signature");
        // An endpoint more, and a secret more.
        let more = [endpoint("in", &[NEW, KEPT, OLD]), endpoint("added", &[NEW]), route(&receiver)].concat();
        change(&gateway, &more, "in force").await;
        for sender in [&kept, &old, &new, &added] {
            sender.send("{}").await.event_id();
        }
        // A file with a mistake: reported, and nothing changes; not by SIGHUP either.
        change(&gateway, &more.replace("handler = \"out\"", "handler = \"nobody\""), "the old one stays")
            .await;
        assert!(gateway.program.said().contains("nobody"), "{}", gateway.program.said());
        gateway.program.signal(Signal::HUP);
        until("SIGHUP is heard", 2, async || gateway.program.said().matches("the old one stays").count())
            .await;
        for sender in [&kept, &old, &new, &added] {
            sender.send("{}").await.event_id();
        }
        // The old secret goes, and the endpoint.
        change(&gateway, &[endpoint("in", &[NEW, KEPT]), route(&receiver)].concat(), "in force").await;
        new.send("{}").await.event_id();
        assert_eq!(old.send("{}").await.code(), "invalid_signature");
        assert_eq!(added.send("{}").await.code(), "unknown_endpoint");
    };
    tokio::select! {
        () = changing => {}
        () = load(signer(&gateway, "in", KEPT)) => unreachable!("it goes on for ever"),
    }
    assert!(receiver.count() > 50, "there was load: {}", receiver.count());
}

#[tokio::test]
async fn a_configuration_that_is_being_written_is_not_read_by_halves() {
    let receiver = Receiver::start().await;
    // Without its second half it has no mistake, but no endpoint either.
    let text = route(&receiver) + &endpoint("in", &[KEPT]);
    let gateway = Gateway::start(&text).await;
    let writing = async {
        let mut file = std::fs::File::create(&gateway.config).expect("a file");
        file.write_all(route(&receiver).as_bytes()).expect("the first half");
        gateway.program.signal(Signal::HUP);
        tokio::time::sleep(Duration::from_millis(10)).await;
        file.write_all(endpoint("in", &[KEPT, NEW]).as_bytes()).expect("the second half");
        let new = signer(&gateway, "in", NEW);
        eventually("it is in force", async || (new.send("{}").await.status == 200).then_some(())).await;
    };
    tokio::select! {
        () = writing => {}
        () = load(signer(&gateway, "in", KEPT)) => unreachable!("it goes on for ever"),
    }
}

/// Requests without a pause, none of which may fail.
async fn load(sender: Sender) {
    loop {
        sender.send("{}").await.event_id();
    }
}

/// Signs for an endpoint with this secret, whatever the gateway's file says.
fn signer(gateway: &Gateway, id: &str, secret: &str) -> Sender {
    let file = gateway.folder.path().join(format!("{id}-{secret}.toml"));
    std::fs::write(&file, endpoint(id, &[secret])).expect("a file");
    Sender::new(&gateway.url(), &file, id)
}

/// Replaces the configuration at once, as an editor or a mounted volume does, and waits until the log says so.
async fn change(gateway: &Gateway, text: &str, words: &str) {
    let before = gateway.program.said().matches(words).count();
    let new = gateway.config.with_extension("new");
    std::fs::write(&new, text).expect("a file");
    std::fs::rename(new, &gateway.config).expect("it is ours");
    until(words, before + 1, async || gateway.program.said().matches(words).count()).await;
}
