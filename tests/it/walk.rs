//! The walk as four processes on one Redis, and what happens when they are killed on the way.

use std::collections::HashMap;

use tests::{Fleet, Member, Receiver, eventually, load_during, until};

fn config(receiver: &Receiver, more: &str) -> String {
    format!(
        r#"
[redis]
lease = 3

[worker]
backoff_base = 0.1

[rate_limit]
requests_per_minute = 0

[[endpoints]]
id = "in"
provider = "custom"
secrets = ["walk_secret_0123456789"]

[[routes]]
name = "all"
handler = "out"
timeout = 2
retry_count = 3

[handlers.out]
type = "http"
url = "{}"
allow_private = true
timeout = 2
{more}
"#,
        receiver.url()
    )
}

async fn four(fleet: &mut Fleet) -> (Member, Vec<Member>) {
    let ingress = fleet.start("ingress").await;
    let mut rest = Vec::new();
    for service in ["router", "worker", "metrics"] {
        rest.push(fleet.start(service).await);
    }
    (ingress, rest)
}

#[tokio::test]
async fn four_processes_take_an_event_from_http_to_its_handler_and_one_to_the_dead_letters() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&config(&receiver, ""), &[]).await;
    let (ingress, mut rest) = four(&mut fleet).await;
    let sender = fleet.sender(&ingress, "in");
    let body = r#"{"type":"thing.made","n":1}"#;
    let id = sender.send(body).await.event_id();
    until("the handler was called", 1, async || receiver.count()).await;
    let call = &receiver.calls()[0];
    assert_eq!(call.text(), body);
    assert_eq!(call.header("hookstream-event-id"), id);
    assert_eq!(call.header("hookstream-event-type"), "thing.made");
    assert_eq!(call.header("hookstream-source"), "custom");
    assert_eq!(call.header("hookstream-route"), "all");
    assert_eq!(call.header("hookstream-attempt"), "1");

    receiver.answer_always(500);
    let dead = sender.send(r#"{"type":"thing.lost"}"#).await.event_id();
    let letter = eventually("a dead letter", async || {
        fleet.store.newest_dead_letters(1).await.ok()?.into_iter().next()
    })
    .await;
    assert_eq!(letter.text("event_id"), dead);
    assert_eq!((letter.text("route"), letter.text("handler")), ("all", "out"));
    assert_eq!((letter.text("attempts"), letter.text("status")), ("4", "500"));
    assert_eq!((letter.text("endpoint"), letter.text("source")), ("in", "custom"));
    assert_eq!(letter.text("event_type"), "thing.lost");
    assert_eq!(letter.text("body"), r#"{"type":"thing.lost"}"#);
    assert!(!letter.text("error").is_empty() && !letter.text("first_at").is_empty(), "{letter:?}");
    for member in rest.iter_mut().map(|member| &mut member.program) {
        assert!(member.stop().success(), "{}", member.said());
    }
}

#[tokio::test]
async fn events_survive_a_router_and_a_worker_killed_under_load() {
    let receiver = Receiver::start().await;
    let mut fleet = Fleet::prepare(&config(&receiver, ""), &[]).await;
    let (ingress, mut rest) = four(&mut fleet).await;
    let sender = fleet.sender(&ingress, "in");
    let killing = async {
        until("a good part is delivered", true, async || receiver.count() > 200).await;
        rest[0].program.kill();
        rest[1].program.kill();
        let killed_at = receiver.count();
        let successors = [fleet.start("router").await, fleet.start("worker").await];
        until("as many more are delivered", true, async || receiver.count() > killed_at + 200).await;
        successors
    };
    let send = async |n| sender.send(&format!(r#"{{"type":"n","n":{n}}}"#)).await.event_id();
    let (accepted, _successors) = load_during(send, killing).await;
    let mut times: HashMap<String, usize> = HashMap::new();
    until("every event is delivered", 0, async || {
        times.clear();
        for call in receiver.calls() {
            *times.entry(call.header("hookstream-event-id").to_owned()).or_default() += 1;
        }
        accepted.iter().filter(|id| !times.contains_key(*id)).count()
    })
    .await;
    // Only what the killed worker had in hand may have been delivered twice.
    let again = times.values().filter(|count| **count > 1).count();
    assert!(again <= 64, "{again} events were delivered more than once");
    until("nothing is left behind", 0, async || {
        let depths = fleet.store.depths(event::Millis::now()).await.expect("Redis answers");
        depths.iter().map(|depth| depth.depth + depth.pending).sum::<u64>()
    })
    .await;
}
