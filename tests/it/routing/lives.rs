//! What became of events, told by admin and by command; and dead letters replayed by filters and anew, with a trace.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Gateway, Receiver, ask, idle, run, until};

use super::{config, get, post, route};

async fn gateway(receiver: &Receiver) -> Gateway {
    let routes = [route("out", "event_types = [\"out.*\"]"), route("both", "event_types = [\"out.b\"]")];
    Gateway::start(&config(receiver, "backoff_base = 0.05\njitter = 0", &routes.concat())).await
}

async fn send(gateway: &Gateway, kind: &str) -> String {
    let id = gateway.sender("in").send(&json!({ "type": kind }).to_string()).await.event_id();
    idle(&gateway.store).await;
    id
}

fn ids(page: &Value, list: &str) -> Vec<String> {
    let all = page[list].as_array().expect("a list");
    all.iter().map(|one| one["event_id"].as_str().expect("an id").to_owned()).collect()
}

async fn steps(gateway: &Gateway, id: &str) -> Vec<Value> {
    get(gateway, &format!("/admin/events/{id}")).await["steps"].as_array().expect("steps").clone()
}

fn names(steps: &[Value]) -> Vec<&str> {
    steps.iter().map(|step| step["step"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn the_life_of_an_event_is_told_by_admin_and_by_command() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    receiver.answer_once(503, &[]);
    let retried = send(&gateway, "out.a").await;
    let unrouted = send(&gateway, "other").await;
    receiver.answer_always(422);
    let dead = send(&gateway, "out.c").await;

    let told = steps(&gateway, &retried).await;
    let wanted = ["received", "verified", "routed", "failed", "delivered", "gone"];
    assert_eq!(names(&told), wanted, "{told:?}");
    assert_eq!((&told[0]["endpoint"], &told[0]["event_type"]), (&json!("in"), &json!("out.a")));
    assert_eq!(told[1]["key"].as_str().map(str::len), Some(8), "the fingerprint of the secret");
    assert_eq!((&told[2]["routes"], &told[3]["status"]), (&json!(["out"]), &json!(503)));
    assert_eq!((&told[4]["attempt"], &told[4]["status"]), (&json!(2), &json!(200)));
    let environment = [("REDIS_URL", gateway.redis_url.clone())];
    let config = gateway.config.to_str().expect("plain");
    let said = run(&["events", "show", &retried, "--json", "--config", config], &environment).await;
    let lines = String::from_utf8(said.stdout).expect("text");
    let by_command: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(by_command, told);

    let list = async |query: &str| get(&gateway, &format!("/admin/events{query}")).await;
    assert_eq!(ids(&list("").await, "events"), [&*dead, &*unrouted, &*retried]);
    assert_eq!(ids(&list("?step=unrouted").await, "events"), [&*unrouted]);
    assert_eq!(ids(&list("?route=out&step=delivered").await, "events"), [&*retried]);
    assert_eq!(ids(&list("?endpoint=in&event_type=out.c").await, "events"), [&*dead]);
    let page = list("?limit=2").await;
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let rest = list(&format!("?limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&rest, "events"), &rest["next_cursor"]), (vec![retried], &Value::Null));
    let of_dead = &page["events"][0]["routes"][0];
    assert_eq!((&of_dead["step"], &of_dead["reason"]), (&json!("dead"), &json!("refused")), "{of_dead}");
    for (wrong, status) in [("?step=eaten", 422), ("?cursor=x", 422), ("/evt_never", 404)] {
        let url = format!("{}/admin/events{wrong}", gateway.url());
        assert_eq!(ask(Method::GET, &url, None).await.0, status, "{wrong}");
    }
}

#[tokio::test]
async fn admin_replays_by_filters_with_a_dry_run_first_and_leaves_a_trace() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    receiver.answer_always(422);
    let first = send(&gateway, "out.a").await;
    send(&gateway, "out.b").await;
    let replay = async |order: Value| post(&gateway, "/admin/dead-letters/replay", order).await;
    let count = |answer: &Value, word: &str| answer[word].as_array().map(Vec::len);
    let dry = replay(json!({ "route": "out", "endpoint": "in", "dry_run": true })).await;
    assert_eq!((count(&dry, "would_replay"), &dry["left"]), (Some(2), &json!(0)), "{dry}");
    assert_eq!(replay(json!({ "route": "out", "until": 1 })).await["replayed"], json!([]));
    assert_eq!(replay(json!({ "endpoint": "other" })).await["replayed"], json!([]));
    assert_eq!(receiver.count(), 3, "nothing was done");
    for wrong in [json!({}), json!({ "ids": ["1-0"], "route": "out" }), json!({ "all": true, "rate": 0 })] {
        let url = format!("{}/admin/dead-letters/replay", gateway.url());
        assert_eq!(ask(Method::POST, &url, Some(wrong.clone())).await.0, 422, "{wrong}");
    }

    // Two ask for the same at once: each letter goes once.
    let order = json!({ "route": "out", "error": "ANSWERED 422", "rate": 1000 });
    receiver.answer_always(200);
    let (one, other) = tokio::join!(replay(order.clone()), replay(order));
    assert_eq!(count(&one, "replayed").into_iter().chain(count(&other, "replayed")).sum::<usize>(), 2);
    idle(&gateway.store).await;
    assert_eq!(receiver.count(), 5);
    let told = steps(&gateway, &first).await;
    assert_eq!(names(&told)[3..], ["dead", "replayed", "delivered", "gone"], "{told:?}");
    assert_eq!((&told[4]["dead_letter"], &told[4]["way"]), (&told[3]["dead_letter"], &json!("route")));
    until("both are counted", Some(2.0), async || {
        let totals = gateway.store.totals().await.expect("Redis answers");
        totals.0.get("webhook_replays_total{route=\"out\"}").copied()
    })
    .await;
    assert!(gateway.program.said().matches("dead_letter.replay").count() >= 2, "the audit has both");
}

#[tokio::test]
async fn anew_an_event_goes_by_the_routes_as_they_are_now() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    receiver.answer_always(422);
    let id = send(&gateway, "out.a").await;
    let file = std::fs::read_to_string(&gateway.config).expect("the configuration");
    let more = format!("{file}\n{}", route("late", "event_types = [\"out.a\"]\nretry_count = 0"));
    std::fs::write(&gateway.config, more).expect("written");
    post(&gateway, "/admin/config/reload", json!({})).await;
    let answer = post(&gateway, "/admin/dead-letters/replay", json!({ "all": true, "anew": true })).await;
    assert_eq!(answer["replayed"].as_array().map(Vec::len), Some(1), "{answer}");
    idle(&gateway.store).await;
    let calls = receiver.calls();
    let routes: Vec<_> = calls.iter().map(|call| call.header("hookstream-route")).collect();
    assert_eq!((routes[0], calls.len()), ("out", 3));
    assert!(routes[1..].contains(&"out") && routes[1..].contains(&"late"), "{routes:?}");
    let same = calls.iter().filter(|call| call.header("webhook-id") == calls[0].header("webhook-id"));
    assert_eq!(same.count(), 2, "a handler that had it sees that it is the same");
    let letters = gateway.store.newest_dead_letters(9).await.expect("Redis answers");
    let replays: Vec<_> = letters.iter().map(|letter| letter.text("replays")).collect();
    assert_eq!(replays, ["1", "1"], "it died again, by both");
    let page = get(&gateway, "/admin/events").await;
    assert_eq!(
        (ids(&page, "events"), page["events"][0]["routes"].as_array().map(Vec::len)),
        (vec![id], Some(2))
    );
}

#[tokio::test]
async fn with_a_history_of_0_nothing_is_kept() {
    let receiver = Receiver::start().await;
    let routes = format!("{}[redis]\nhistory = 0\n", route("out", ""));
    let gateway = Gateway::start(&config(&receiver, "", &routes)).await;
    let id = send(&gateway, "out.a").await;
    assert_eq!(receiver.count(), 1);
    assert_eq!(get(&gateway, "/admin/events").await["events"], json!([]));
    let url = format!("{}/admin/events/{id}", gateway.url());
    assert_eq!(ask(Method::GET, &url, None).await.0, 404);
}
