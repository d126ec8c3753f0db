//! T6: what could not be delivered is kept with why, and can be looked at, followed, started again or thrown away.

use reqwest::Method;
use serde_json::{Value, json};
use stream::DeadLetter;
use tests::{Gateway, Program, Receiver, ask, eventually, idle, redis_cli, run, until};

use super::{config, get, post, route};

/// A gateway whose routes `out`, `closed` and `unwritten` take the types of their names.
async fn gateway(receiver: &Receiver) -> Gateway {
    let wants = |name: &str| format!("event_types = [\"{name}.*\"]\nretry_count = 1");
    let routes = [
        route("out", &wants("out")),
        route("closed", &wants("closed")).replace("\"out\"", "\"closed\""),
        route("unwritten", &wants("unwritten")).replace("\"out\"", "\"unwritten\""),
        "[handlers.closed]\ntype = \"http\"\nurl = \"http://127.0.0.1:9/\"\nallow_private = true\n"
            .to_owned(),
        "[handlers.unwritten]\ntype = \"rust\"\n".to_owned(),
    ];
    Gateway::start(&config(receiver, "backoff_base = 0.05\njitter = 0", &routes.concat())).await
}

async fn letters(gateway: &Gateway) -> Vec<DeadLetter> {
    gateway.store.dead_letters("-", 100).await.expect("Redis answers").letters
}

async fn send(gateway: &Gateway, kind: &str) -> String {
    gateway.sender("in").send(&json!({ "type": kind, "n": 1 }).to_string()).await.event_id()
}

/// So many dead letters, one after the other so that their order is known; their ids.
async fn lose(gateway: &Gateway, kinds: &[&str]) -> Vec<String> {
    for kind in kinds {
        send(gateway, kind).await;
        idle(&gateway.store).await;
    }
    letters(gateway).await.into_iter().map(|letter| letter.id).collect()
}

/// `hookstream dlq …` on this gateway's Redis: its exit code and the objects it printed.
async fn dlq(gateway: &Gateway, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    let redis = [("REDIS_URL", gateway.redis_url.clone())];
    let config = gateway.config.to_str().expect("plain");
    let all = [&["dlq"], arguments, &["--json", "--config", config]].concat();
    let out = run(&all, &redis).await;
    let lines = String::from_utf8(out.stdout).expect("text");
    let objects = lines.lines().map(|line| serde_json::from_str(line).expect("one object a line"));
    (out.status.code(), objects.collect())
}

#[tokio::test]
async fn t6_failed_events_are_kept_with_why_they_failed() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    for (kind, status, wanted) in [
        ("out.broken", 500, ("exhausted", "2", "500", "the handler answered 500")),
        ("out.refused", 422, ("refused", "1", "422", "the handler answered 422")),
        ("out.gone", 410, ("gone", "1", "410", "the handler answered 410")),
        ("closed.away", 0, ("exhausted", "2", "", "could not connect")),
        ("unwritten.yet", 0, ("unknown_handler", "1", "", "no handler `unwritten`")),
    ] {
        if status > 0 {
            receiver.answer_always(status);
        }
        let id = send(&gateway, kind).await;
        let letter = eventually("a dead letter", async || {
            letters(&gateway).await.into_iter().find(|letter| letter.text("event_id") == id)
        })
        .await;
        let found = (letter.text("reason"), letter.text("attempts"), letter.text("status"));
        assert_eq!(found, (wanted.0, wanted.1, wanted.2), "{kind}: {letter:?}");
        assert!(letter.text("error").contains(wanted.3), "{kind}: {letter:?}");
        assert_eq!((letter.text("event_type"), letter.text("endpoint")), (kind, "in"));
        assert_eq!(letter.text("route"), kind.split('.').next().expect("a name"));
        assert_eq!(letter.text("body"), json!({ "type": kind, "n": 1 }).to_string());
        for field in ["job", "source", "handler", "first_at", "last_at", "headers"] {
            assert!(!letter.text(field).is_empty(), "{field}: {letter:?}");
        }
        assert!(letter.text("first_at") <= letter.text("last_at"), "{letter:?}");
    }
}

#[tokio::test]
async fn t6_dead_letters_are_listed_filtered_and_shown_by_admin_and_by_command() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    receiver.answer_always(422);
    let ids = lose(&gateway, &["out.a", "closed.b", "out.c"]).await;
    let listed = async |query: &str| {
        let page = get(&gateway, &format!("/admin/dead-letters{query}")).await;
        let letters = page["dead_letters"].as_array().expect("dead letters").clone();
        letters.iter().map(|letter| letter["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ids);
    assert_eq!(listed("?route=out").await, [&*ids[0], &*ids[2]]);
    assert_eq!(listed("?error=COULD%20NOT").await, [&*ids[1]]);
    assert_eq!(listed(&format!("?since={}", ids[2].split('-').next().expect("a time"))).await, [&*ids[2]]);
    let page = get(&gateway, "/admin/dead-letters?limit=2").await;
    let cursor = page["next_cursor"].as_str().expect("there is more");
    assert_eq!(listed(&format!("?limit=2&cursor={cursor}")).await, [&*ids[2]]);

    let (code, by_command) = dlq(&gateway, &["list"]).await;
    assert_eq!(code, Some(0));
    assert_eq!(
        by_command.iter().map(|letter| &letter["id"]).collect::<Vec<_>>(),
        ids.iter().collect::<Vec<_>>()
    );
    let (_, some) = dlq(&gateway, &["list", "--route", "closed", "--error", "could NOT"]).await;
    assert_eq!((some.len(), &some[0]["id"]), (1, &json!(ids[1])));

    let shown = get(&gateway, &format!("/admin/dead-letters/{}", ids[0])).await;
    assert_eq!((&shown["event_type"], &shown["status"]), (&json!("out.a"), &json!(422)));
    assert_eq!(shown["body"], r#"{"n":1,"type":"out.a"}"#);
    assert_eq!(dlq(&gateway, &["show", &ids[0]]).await, (Some(0), vec![shown]));
    assert_eq!(dlq(&gateway, &["show", "1-0"]).await.0, Some(1));
    let missing = format!("{}/admin/dead-letters/1-0", gateway.url());
    assert_eq!(ask(Method::GET, &missing, None).await.0, 404);
}

#[tokio::test]
async fn t6_dead_letters_are_followed_by_redis_cli_and_by_command() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    receiver.answer_always(422);
    let log = gateway.folder.path().join("tail");
    let redis = [("REDIS_URL", gateway.redis_url.clone())];
    let config = gateway.config.to_str().expect("plain");
    let arguments = ["dlq", "tail", "-f", "--route", "out", "--json", "--config", config];
    let mut tail = Program::start("hookstream", &arguments, &redis, &log);
    let reading = redis_cli(&gateway.redis_url, &["XREAD", "BLOCK", "0", "STREAMS", "hs:{0}:dead", "$"]);
    let losing = async {
        until("both wait for dead letters", true, async || {
            let clients = redis_cli(&gateway.redis_url, &["CLIENT", "LIST"]).await;
            clients.lines().filter(|client| client.contains("cmd=xread ")).count() == 2
        })
        .await;
        lose(&gateway, &["out.a", "closed.b", "out.c"]).await
    };
    let (raw, ids) = tokio::join!(reading, losing);
    assert!(raw.contains(&ids[0]) && raw.contains("the handler answered 422"), "{raw}");
    let followed = eventually("two of the three are told", async || {
        let said = tail.said();
        let found: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        (found.len() == 2).then_some(found)
    })
    .await;
    assert_eq!((&followed[0]["id"], &followed[1]["id"]), (&json!(ids[0]), &json!(ids[2])));
    assert_eq!(followed[0]["error"], "the handler answered 422");
    assert!(tail.stop().success(), "{}", tail.said());
    let (_, last) = dlq(&gateway, &["tail", "-n", "1"]).await;
    assert_eq!((last.len(), &last[0]["id"]), (1, &json!(ids[2])));
}

#[tokio::test]
async fn t6_dead_letters_are_replayed_from_their_first_attempt_by_admin_and_by_command() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    receiver.answer_always(500);
    let ids = lose(&gateway, &["out.a", "out.b", "out.c", "closed.d"]).await;
    let event = letters(&gateway).await[0].text("event_id").to_owned();
    receiver.answer_always(200);
    let before = receiver.count();
    assert_eq!(before, 6);

    let order = json!({ "ids": [ids[0], "1-0", ids[0], "1-0"] });
    let answer = post(&gateway, "/admin/dead-letters/replay", order).await;
    assert_eq!(answer, json!({ "replayed": [ids[0]], "missing": ["1-0"] }));
    until("it is delivered", before + 1, async || receiver.count()).await;
    let calls = receiver.calls();
    let (first, again) = (&calls[0], &calls[before]);
    assert_eq!((again.header("hookstream-event-id"), again.header("hookstream-attempt")), (&*event, "1"));
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.body, first.body);

    let (code, planned) = dlq(&gateway, &["replay", "--route", "out", "--dry-run"]).await;
    assert_eq!((code, planned.len()), (Some(0), 2), "{planned:?}");
    idle(&gateway.store).await;
    assert_eq!((receiver.count(), letters(&gateway).await.len()), (before + 1, 3), "nothing was done");
    assert_eq!(dlq(&gateway, &["replay", &ids[1]]).await.0, Some(0));
    until("it is delivered", before + 2, async || receiver.count()).await;
    let by_filter = ["replay", "--error", "answered 500", "--since", "1h", "--rate", "50"];
    assert_eq!(dlq(&gateway, &by_filter).await.0, Some(0));
    until("it is delivered", before + 3, async || receiver.count()).await;
    idle(&gateway.store).await;
    let left: Vec<_> = letters(&gateway).await.into_iter().map(|letter| letter.id).collect();
    assert_eq!(left, [&*ids[3]]);

    // What fails again is a dead letter again, with all its attempts.
    assert_eq!(dlq(&gateway, &["replay", &ids[3]]).await.0, Some(0));
    idle(&gateway.store).await;
    let letters = letters(&gateway).await;
    assert_eq!((letters.len(), letters[0].text("attempts")), (1, "2"));
    assert_ne!(letters[0].id, ids[3]);
}

#[tokio::test]
async fn t6_dead_letters_are_discarded_by_admin_and_by_command() {
    let receiver = Receiver::start().await;
    let gateway = gateway(&receiver).await;
    receiver.answer_always(422);
    let ids = lose(&gateway, &["out.a", "out.b", "out.c"]).await;
    let letter = format!("{}/admin/dead-letters/{}", gateway.url(), ids[0]);
    assert_eq!(ask(Method::DELETE, &letter, None).await.0, 204);
    assert_eq!(ask(Method::DELETE, &letter, None).await.0, 404);
    assert_eq!(dlq(&gateway, &["discard", &ids[1]]).await.0, Some(0));
    assert_eq!(dlq(&gateway, &["discard", "--route", "out"]).await.0, Some(2), "not without --yes");
    assert_eq!(letters(&gateway).await.len(), 1);
    assert_eq!(dlq(&gateway, &["discard", "--route", "out", "--yes"]).await.0, Some(0));
    assert!(letters(&gateway).await.is_empty());
    idle(&gateway.store).await;
    assert_eq!(receiver.count(), 3, "nothing was delivered again");
}
