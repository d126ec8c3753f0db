//! `hookstream dlq`, on a real Redis with dead letters made as workers make them.

use event::Priority;

use crate::support::{Gateway, Place};

const BODY: &[u8] = b"{\"total\":120,\"name\":\"Zo\xc3\xab\"}";

#[tokio::test]
async fn dead_letters_are_listed_with_the_fields_of_the_stream() {
    let gateway = Gateway::start().await;
    let (id, event) = gateway.dead("billing", "the handler answered 503", BODY).await;
    gateway.dead("other", "it timed out", b"\xff\x00").await;
    let letters = gateway.run(&["dlq", "list", "--json"]).await.ended(0).json();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0]["id"], id.as_str());
    assert_eq!(letters[0]["event_id"], event.as_str());
    for name in ["job", "endpoint", "source", "event_type", "route", "handler", "attempts", "error", "status"]
    {
        assert!(letters[0].get(name).is_some(), "{name}");
    }
    for name in ["first_at", "last_at", "headers", "body", "trace"] {
        assert!(letters[0].get(name).is_some(), "{name}");
    }
    assert_eq!(letters[0]["body"].as_str().unwrap().as_bytes(), BODY);
    assert_eq!(letters[1]["body_base64"], "/wA=");
    let said = gateway.run(&["dlq", "list"]).await.ended(0);
    assert!(said.out.lines().next().unwrap().contains("billing → billing  invoice.paid"), "{}", said.out);
    assert!(said.out.contains("attempts 1  status 503  the handler answered 503"), "{}", said.out);
}

#[tokio::test]
async fn filters_choose_by_route_error_and_time() {
    let gateway = Gateway::start().await;
    let (first, _) = gateway.dead("billing", "answered 503", BODY).await;
    let (second, _) = gateway.dead("other", "Timed Out", BODY).await;
    let list = async |filters: &[&str]| -> Vec<String> {
        let said = gateway.run(&[&["dlq", "list", "--json"], filters].concat()).await.ended(0);
        said.json().iter().map(|letter| letter["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list(&["--route", "billing"]).await, [&*first]);
    assert_eq!(list(&["--error", "timed out"]).await, [&*second]);
    assert_eq!(list(&["--since", "1h"]).await, [first.clone(), second.clone()]);
    assert_eq!(list(&["--since", "2099-01-01T00:00:00Z"]).await, [""; 0]);
    let time = second.split('-').next().unwrap().parse::<u64>().unwrap();
    assert_eq!(list(&["--since", "1h", "--until", &event::Millis(time + 1).to_string()]).await.len(), 2);
    assert_eq!(list(&["--until", "2020-01-01"]).await, [""; 0]);
    assert_eq!(list(&["--endpoint", "partner"]).await.len(), 2);
    assert_eq!(list(&["--endpoint", "other"]).await, [""; 0]);
    assert_eq!(list(&["--limit", "1"]).await, [&*second], "the newest");
    assert_eq!(list(&["--since", "1h", "--limit", "1"]).await, [second]);
    let said = gateway.run(&["dlq", "list", "--since", "soon"]).await.ended(2);
    assert!(said.err.contains("15m"), "{}", said.err);
}

#[tokio::test]
async fn everything_about_one_is_shown_and_can_not_steer_the_terminal() {
    let gateway = Gateway::start().await;
    let (id, event) = gateway.dead("billing", "bad \x1b[31mgateway", BODY).await;
    let said = gateway.run(&["dlq", "show", &id]).await.ended(0);
    for part in [
        &*id,
        event.as_str(),
        "billing",
        "exhausted",
        "503",
        "  \"total\": 120\n",
        "Zoë",
        "bad \\u{1b}[31mgateway",
    ] {
        assert!(said.out.contains(part), "{part:?} in {}", said.out);
    }
    assert!(said.out.contains("  content-type: application/json\n"), "{}", said.out);
    assert!(said.out.contains("  x-\\u{1b}[2j: two\\u{7}words\n"), "{}", said.out);
    assert!(!said.out.contains('\x1b'));
    let json = &gateway.run(&["dlq", "show", &id, "--json"]).await.ended(0).json()[0];
    assert_eq!(json["error"], "bad \x1b[31mgateway");
    let said = gateway.run(&["dlq", "show", "1-0"]).await.ended(1);
    assert!(said.err.contains("no dead letter 1-0"), "{}", said.err);
    gateway.run(&["dlq", "show", "nonsense"]).await.ended(2);
}

#[tokio::test]
async fn a_replayed_letter_is_a_job_again_and_dead_no_longer() {
    let gateway = Gateway::start().await;
    let (id, _) = gateway.dead("billing", "answered 503", BODY).await;
    let high = gateway.store.keys().jobs(Priority::High);
    gateway.run(&["dlq", "replay", &id, "--dry-run"]).await.ended(0);
    assert_eq!(gateway.dead_ids().await, [&*id], "a dry run changes nothing");
    let said = gateway.run(&["dlq", "replay", &id, &id, &format!("0{id}"), "--json"]).await.ended(0);
    assert_eq!((said.json().len(), &said.json()[0]["outcome"]), (1, &"replayed".into()));
    assert!(gateway.dead_ids().await.is_empty());
    let depths = gateway.store.depths(event::Millis::now()).await.unwrap();
    let jobs = depths.iter().find(|depth| high.ends_with(&depth.stream)).unwrap();
    assert_eq!(jobs.depth, 1);
    let again = gateway.run(&["dlq", "replay", &id]).await.ended(1);
    assert!(again.err.contains("no dead letter"), "{}", again.err);
}

#[tokio::test]
async fn replayed_anew_a_letter_is_an_event_again_and_leaves_a_trace() {
    let gateway = Gateway::start().await;
    let (id, event) = gateway.dead("billing", "answered 503", BODY).await;
    gateway.run(&["dlq", "replay", &id, "--anew", "--dry-run"]).await.ended(0);
    assert_eq!(gateway.dead_ids().await, [&*id], "a dry run changes nothing");
    let both = ["dlq", "replay", "--endpoint", "partner", "--anew", "--json"];
    let by_id = ["dlq", "replay", &id, "--json"];
    let (one, other) = tokio::join!(gateway.run(&both), gateway.run(&by_id));
    let said = format!("{}{}", one.out, other.out);
    assert_eq!(said.matches("\"replayed\"").count(), 1, "{said}");
    assert!(gateway.dead_ids().await.is_empty());
    let steps = gateway.run(&["events", "show", event.as_str(), "--json"]).await.ended(0).json();
    let replayed: Vec<_> = steps.iter().filter(|step| step["step"] == "replayed").collect();
    assert_eq!((replayed.len(), &replayed[0]["dead_letter"]), (1, &id.as_str().into()), "{steps:?}");
    let now = steps.last().unwrap();
    let way = if replayed[0]["way"] == "anew" { "queued" } else { "working" };
    assert_eq!((&now["step"], &now["at"]), (&way.into(), &serde_json::Value::Null));
    let totals = gateway.store.totals().await.unwrap();
    assert_eq!(totals.0["webhook_replays_total{route=\"billing\"}"], 1.0);
}

#[tokio::test]
async fn replay_by_filter_takes_those_and_no_others() {
    let gateway = Gateway::start().await;
    gateway.dead("billing", "answered 503", BODY).await;
    let (kept, _) = gateway.dead("other", "answered 503", BODY).await;
    gateway.dead("billing", "answered 503", BODY).await;
    let plan = gateway.run(&["dlq", "replay", "--route", "billing", "--dry-run", "--json"]).await.ended(0);
    assert_eq!(plan.json().len(), 2);
    let began = std::time::Instant::now();
    let said = gateway.run(&["dlq", "replay", "--route", "billing", "--rate", "2"]).await.ended(0);
    assert!(began.elapsed().as_millis() >= 500, "two at two a second");
    assert!(said.out.ends_with("2 dead letters replayed\n"), "{}", said.out);
    assert_eq!(gateway.dead_ids().await, [kept]);
    gateway.run(&["dlq", "replay", "--all"]).await.ended(0);
    assert!(gateway.dead_ids().await.is_empty());
    gateway.run(&["dlq", "replay"]).await.ended(2);
    gateway.run(&["dlq", "replay", "1-0", "--route", "billing"]).await.ended(2);
}

#[tokio::test]
async fn discarding_by_filter_wants_a_yes() {
    let gateway = Gateway::start().await;
    let (first, _) = gateway.dead("billing", "answered 503", BODY).await;
    let (second, _) = gateway.dead("billing", "timed out", BODY).await;
    let said = gateway.run(&["dlq", "discard", "--error", "timed"]).await.ended(2);
    assert!(said.err.contains("--yes"), "{}", said.err);
    gateway.run(&["dlq", "discard", "--error", "timed", "--dry-run"]).await.ended(0);
    assert_eq!(gateway.dead_ids().await, [first.clone(), second]);
    gateway.run(&["dlq", "discard", "--error", "timed", "--yes"]).await.ended(0);
    assert_eq!(gateway.dead_ids().await, [&*first]);
    gateway.run(&["dlq", "discard", &first]).await.ended(0);
    assert!(gateway.dead_ids().await.is_empty());
    gateway.run(&["dlq", "discard", &first]).await.ended(1);
}

#[tokio::test]
async fn the_flag_stands_over_the_variable_and_that_over_the_file_and_that_over_dev() {
    let (dev, other) = (Gateway::start().await, Gateway::start().await);
    let (id, _) = dev.dead("billing", "answered 503", BODY).await;
    let list = async |arguments: &[&str], variables: &[(&str, &str)]| {
        let said =
            dev.place.run_with(&[&["dlq", "list", "--json"], arguments].concat(), variables).await.ended(0);
        said.out.contains(&id)
    };
    let (url, variable) = (other.server.url(), [("REDIS_URL", &*other.server.url())]);
    assert!(list(&[], &[]).await, "dev's");
    assert!(!list(&[], &variable).await, "the variable's");
    assert!(list(&["--redis-url", &dev.server.url()], &variable).await, "the flag's");
    dev.place.write("hookstream.toml", format!("[redis]\nurl = '{url}'\n"));
    assert!(!list(&[], &[]).await, "the file's");
    dev.place.write("hookstream.toml", "[redis]\nurl = 'redis://127.0.0.1:6379'\n[[endpoints]]\nid = 5\n");
    assert!(list(&[], &[]).await, "dev's again, whatever else is wrong with the file");
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_named_with_exit_code_3() {
    let said =
        Place::new().run(&["dlq", "list", "--redis-url", "redis://:hunter2@127.0.0.1:1"]).await.ended(3);
    assert!(said.err.contains("redis://127.0.0.1:1") && said.err.contains("--redis-url"), "{}", said.err);
    assert!(!said.err.contains("hunter2"), "{}", said.err);
    Place::new().run(&["dlq", "list", "--redis-url", "http://127.0.0.1"]).await.ended(2);
}
