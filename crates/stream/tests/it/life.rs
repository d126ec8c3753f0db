//! What is told of an event's life.

use std::time::Duration;

use event::{EventId, Millis, Priority, Reason};
use serde_json::Value;
use stream::{JobResult, LastWords, Recent, Store};

use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, dispatch, failed};

const GONE: LastWords<'_> =
    LastWords { reason: Reason::Gone, error: "gone", status: Some(410), at: Millis(9) };

/// The story's steps: `name fact fact…`, without times.
async fn told(store: &Store, event: &EventId, facts: &[&str]) -> Vec<String> {
    let line = |step: &stream::Step| {
        let json = step.to_json(event);
        let fact = |name: &&str| match &json[*name] {
            Value::Null => String::new(),
            Value::String(text) => format!(" {text}"),
            other => format!(" {other}"),
        };
        format!("{}{}", step.name, facts.iter().map(fact).collect::<String>())
    };
    store.story(event).await.unwrap().iter().map(line).collect()
}

async fn newest_letter(yard: &Yard) -> String {
    yard.store.newest_dead_letters(1).await.unwrap().remove(0).id
}

#[tokio::test]
async fn every_step_is_told_with_its_facts_and_where_the_event_is_now() {
    let yard = Yard::new().await;
    let (event, worker) = (an_event("a"), yard.worker());
    // A name that a list with commas could not hold.
    let plans = [a_plan("one, \"two\"", Priority::High), a_plan("b", Priority::High)];
    assert_eq!(told(&yard.store, &event.id, &[]).await, [""; 0]);
    yard.publish(&event).await;
    let facts = ["key", "stream", "route", "attempt", "status", "error"];
    assert_eq!(
        told(&yard.store, &event.id, &facts).await,
        ["received", "verified f52fbd32", "queued events"]
    );
    let taken = yard.router().read(&[yard.keys().events()], 1).await.unwrap().remove(0);
    dispatch(taken, &plans.each_ref(), "").await.unwrap();
    for delivery in worker.claim(Priority::ALL, 2).await.unwrap() {
        let job = delivery.carried.as_deref().cloned().unwrap();
        if job.plan.route == "b" {
            delivery.complete(&job, Millis(1000), &JobResult::delivered(Some(204))).await.unwrap();
        } else {
            delivery.retry(&job, &failed(Millis(2000), ERROR), Duration::ZERO).await.unwrap();
        }
    }
    let story = yard.store.story(&event.id).await.unwrap();
    let json: Vec<Value> = story.iter().map(|step| step.to_json(&event.id)).collect();
    let names: Vec<&str> = story.iter().map(|step| &*step.name).collect();
    assert_eq!(names[..3], ["received", "verified", "routed"]);
    assert_eq!(json[0]["at"], "2023-11-14T22:13:20.123Z");
    assert_eq!((&json[0]["source"], &json[0]["event_type"]), (&"stripe".into(), &"invoice.paid".into()));
    assert_eq!(json[2]["routes"], serde_json::json!(["one, \"two\"", "b"]));
    let failed = json.iter().find(|step| step["step"] == "failed").unwrap();
    assert_eq!((&failed["attempt"], &failed["status"]), (&1.into(), &500.into()));
    assert_eq!((&failed["error"], &failed["began"]), (&ERROR.into(), &"1970-01-01T00:00:02.000Z".into()));
    assert!(failed["due"].as_str().unwrap().ends_with('Z'), "{failed}");
    let delivered = json.iter().find(|step| step["step"] == "delivered").unwrap();
    assert_eq!((&delivered["route"], &delivered["status"]), (&"b".into(), &204.into()));
    assert_eq!((names[5], &json[5]["at"], json.len()), ("waiting", &Value::Null, 6));

    yard.store.promote().await.unwrap();
    let delivery = worker.claim(Priority::ALL, 1).await.unwrap().remove(0);
    let job = delivery.carried.as_deref().cloned().unwrap();
    delivery.bury(&job, Millis(3000), &GONE).await.unwrap();
    let letter = newest_letter(&yard).await;
    let facts = ["attempt", "reason", "dead_letter", "way"];
    let (dead, now) = (format!("dead 2 gone {letter}"), format!("dead gone {letter}"));
    assert_eq!(told(&yard.store, &event.id, &facts).await[5..], [dead, now]);
    yard.store.replay(&letter).await.unwrap();
    let story = told(&yard.store, &event.id, &facts).await;
    assert_eq!(story[6..], [format!("replayed {letter} route"), "working".to_owned()]);
    let delivery = worker.claim(Priority::ALL, 1).await.unwrap().remove(0);
    let job = delivery.carried.as_deref().cloned().unwrap();
    delivery.complete(&job, Millis(4000), &JobResult::delivered(Some(200))).await.unwrap();
    assert_eq!(told(&yard.store, &event.id, &facts).await[7..], ["delivered 1", "gone"]);
}

#[tokio::test]
async fn what_is_discarded_is_told_once_and_no_other_events_life_is() {
    let yard = Yard::new().await;
    for name in ["a", "b"] {
        let (delivery, job) =
            yard.claimed(&yard.worker(), &an_event(name), &a_plan("r", Priority::High)).await;
        delivery.bury(&job, Millis(1), &GONE).await.unwrap();
    }
    let letter = newest_letter(&yard).await;
    yard.store.discard(&letter).await.unwrap();
    yard.store.discard(&letter).await.unwrap();
    let story = told(&yard.store, &an_event("b").id, &["route", "dead_letter"]).await;
    assert_eq!(story[4..], [format!("discarded r {letter}"), "gone".to_owned()]);
    assert_eq!(told(&yard.store, &an_event("a").id, &[]).await.len(), 5);
}

#[tokio::test]
async fn no_more_is_kept_than_is_asked_for_and_nothing_with_0() {
    let yard = Yard::new().await;
    let store = yard.another_store().keeping(0);
    let event = an_event("a");
    yard.publish(&event).await;
    let router = stream::Reader::new(store.clone(), stream::Group::Route, "test", Duration::from_millis(10));
    let taken = router.read(&[yard.keys().events()], 1).await.unwrap().remove(0);
    dispatch(taken, &[&a_plan("r", Priority::High)], "").await.unwrap();
    assert_eq!(store.life(&event.id).await.unwrap().len(), 0);
    // Where the event stands whole, it tells of its arrival itself.
    assert_eq!(told(&store, &event.id, &[]).await, ["received", "verified", "working"]);
}

#[tokio::test]
async fn a_story_is_found_in_whichever_partition_it_happened() {
    let yard = Yard::new().await;
    let open = |count| {
        let url = yard.server.redis.url();
        Store::spread_over(count, &url, &yard.prefix, stream::Patience::Background).unwrap()
    };
    let four = open(4);
    four.announce().await.unwrap();
    let elsewhere = |event: &event::RawEvent| four.of(&event.id).keys().life() != four.keys().life();
    let event = (0..100).map(|n| an_event(&n.to_string())).find(elsewhere).unwrap();
    let there = four.of(&event.id);
    there.ensure_groups().await.unwrap();
    four.publish(&event, None, false).await.unwrap();
    let reader = |group| stream::Reader::new(there.clone(), group, "test", Duration::from_millis(10));
    let taken = reader(stream::Group::Route).read(&[there.keys().events()], 1).await.unwrap().remove(0);
    dispatch(taken, &[&a_plan("r", Priority::High)], "").await.unwrap();
    let delivery = reader(stream::Group::Work).claim(Priority::ALL, 1).await.unwrap().remove(0);
    let job = delivery.carried.as_deref().cloned().unwrap();
    delivery.bury(&job, Millis(1), &GONE).await.unwrap();
    let letter = newest_letter_of(&four).await;
    assert!(letter.contains('@'), "{letter}");
    let one = open(1);
    one.survey().await.unwrap();
    for store in [&four, &one] {
        let story = told(store, &event.id, &["dead_letter"]).await;
        assert_eq!(story[3..], [format!("dead {letter}"), format!("dead {letter}")]);
        let page = store.recent_events(&Recent::default(), 10).await.unwrap();
        assert_eq!(page.events[0].to_json()["event_id"], event.id.as_str());
    }
}

async fn newest_letter_of(store: &Store) -> String {
    store.newest_dead_letters(1).await.unwrap().remove(0).id
}

/// Four events: `d` of no route, `c` delivered, `b` dead, `a` waiting, in the order in which they were routed.
async fn four_fates(yard: &Yard) {
    yard.routed(&an_event("d"), &[]).await;
    let plan = a_plan("r", Priority::High);
    let (delivery, job) = yard.claimed(&yard.worker(), &an_event("c"), &plan).await;
    let (last, dying) = yard.claimed(&yard.worker(), &an_event("b"), &a_plan("s", Priority::High)).await;
    yard.routed(&an_event("a"), &[&plan]).await;
    last.bury(&dying, Millis(1), &GONE).await.unwrap();
    delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))).await.unwrap();
}

async fn ids(yard: &Yard, wanted: Recent) -> Vec<String> {
    let page = yard.store.recent_events(&wanted, 10).await.unwrap();
    page.events.iter().map(|event| event.to_json()["event_id"].as_str().unwrap().to_owned()).collect()
}

fn ids_of(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| an_event(name).id.to_string()).collect()
}

#[tokio::test]
async fn recent_events_are_chosen_by_where_they_came_from_and_how_they_stand() {
    let yard = Yard::new().await;
    four_fates(&yard).await;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(ids(&yard, Recent::default()).await, ids_of(&["a", "b", "c", "d"]));
    let of_step = async |step: &str| ids(&yard, Recent { step: text(step), ..Recent::default() }).await;
    assert_eq!(of_step("unrouted").await, ids_of(&["d"]));
    assert_eq!(of_step("delivered").await, ids_of(&["c"]));
    assert_eq!(of_step("dead").await, ids_of(&["b"]));
    assert_eq!(of_step("routed").await, ids_of(&["a"]));
    assert_eq!(ids(&yard, Recent { route: text("r"), ..Recent::default() }).await, ids_of(&["a", "c"]));
    let both = Recent { route: text("s"), step: text("delivered"), ..Recent::default() };
    assert_eq!(ids(&yard, both).await, [""; 0]);
    assert_eq!(ids(&yard, Recent { endpoint: text("payments"), ..Recent::default() }).await.len(), 4);
    assert_eq!(ids(&yard, Recent { endpoint: text("other"), ..Recent::default() }).await, [""; 0]);
    assert_eq!(ids(&yard, Recent { event_type: text("other"), ..Recent::default() }).await, [""; 0]);
    let future = Recent { since: Some(Millis(u64::MAX)), ..Recent::default() };
    assert_eq!(ids(&yard, future).await, [""; 0]);
    let past = Recent { since: Some(Millis(1)), ..Recent::default() };
    assert_eq!(ids(&yard, past).await.len(), 4);
}

#[tokio::test]
async fn pages_of_recent_events_know_what_became_of_each() {
    let yard = Yard::new().await;
    four_fates(&yard).await;
    let (mut before, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = yard.store.recent_events(&Recent { before, ..Recent::default() }, 1).await.unwrap();
        seen.extend(page.events.iter().map(stream::RecentEvent::to_json));
        pages += 1;
        let Some(next) = page.next else { break };
        before = stream::EntryId::parse(&next);
    }
    assert_eq!(pages, 4);
    let steps: Vec<_> = seen.iter().map(|event| event["routes"][0]["step"].as_str()).collect();
    assert_eq!(steps, [Some("routed"), Some("dead"), Some("delivered"), None]);
    assert_eq!(
        (&seen[1]["routes"][0]["reason"], &seen[1]["routes"][0]["status"]),
        (&"gone".into(), &410.into())
    );
    assert_eq!(seen[2]["verified_by"], "f52fbd32");
}

#[tokio::test]
async fn an_event_that_was_replayed_anew_is_listed_once_by_its_last_routes() {
    let yard = Yard::new().await;
    four_fates(&yard).await;
    yard.store.replay_anew(&newest_letter(&yard).await).await.unwrap();
    let taken = yard.router().read(&[yard.keys().events()], 1).await.unwrap().remove(0);
    dispatch(taken, &[&a_plan("new", Priority::Low)], "").await.unwrap();
    assert_eq!(ids(&yard, Recent::default()).await, ids_of(&["b", "a", "c", "d"]));
    let page = yard.store.recent_events(&Recent::default(), 1).await.unwrap();
    assert_eq!(page.events[0].to_json()["routes"][0]["route"], "new");
}
