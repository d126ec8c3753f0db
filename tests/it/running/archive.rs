//! D4: events in PostgreSQL.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Fleet, Postgres, redis_cli, run, until};

use super::{UNLIMITED, endpoint, said};

#[tokio::test]
async fn d4_events_are_stored_in_postgresql_once_each_and_found_again_by_the_cli() {
    const EVENTS: usize = 120;
    let postgres = Postgres::start().await;
    let xml = "event_format = \"xml\"\nevent_type_field = \"order.type\"\nsource = \"shop\"";
    let config = format!(
        "[archive]\nenabled = true\n[redis]\nlease = 2\n{}{}",
        endpoint("in", UNLIMITED),
        endpoint("xml", xml)
    );
    let mut fleet = Fleet::prepare(&config, &[("DATABASE_URL", postgres.url())]).await;
    let ingress = fleet.start("ingress").await;
    let (mut one, mut two) = (fleet.start("archiver").await, fleet.start("archiver").await);
    let sender = fleet.sender(&ingress, "in");
    let mut ids = BTreeSet::new();
    for n in 0..EVENTS {
        ids.insert(sender.send(&json!({ "type": "thing.made", "n": n }).to_string()).await.event_id());
        // One is killed in the middle, and one is stopped; another comes.
        match n {
            40 => one.program.kill(),
            60 => one = fleet.start("archiver").await,
            80 => assert!(two.program.stop().success(), "{}", two.program.said()),
            _ => {}
        }
    }
    let order = "<order><type>order.placed</type></order>";
    let of_xml = fleet.sender(&ingress, "xml").send(order).await.event_id();
    until("all are stored", (EVENTS + 1).to_string(), async || {
        postgres.ask("SELECT count(*) FROM hookstream_events")
    })
    .await;
    until("none waits in Redis", "0".to_owned(), async || {
        redis_cli(&fleet.redis.url(), &["XLEN", "hs:{0}:archive"]).await
    })
    .await;
    let stored = postgres.ask("SELECT id FROM hookstream_events WHERE type = 'thing.made' AND source = 'custom' AND endpoint = 'in'");
    assert_eq!(stored.lines().map(str::to_owned).collect::<BTreeSet<_>>(), ids);
    assert_eq!(stored.lines().count(), EVENTS, "nothing twice");
    let of = |columns: &str, n: usize| {
        postgres.ask(&format!("SELECT {columns} FROM hookstream_events WHERE data->>'n' = '{n}'"))
    };
    assert_eq!(
        of("data->>'type', received_at > now() - interval '2 minutes', received_at <= now()", 7),
        "thing.made|t|t"
    );
    let row = postgres.ask(&format!(
        "SELECT source, type, convert_from(body, 'UTF8') FROM hookstream_events WHERE id = '{of_xml}'"
    ));
    assert_eq!(row, format!("shop|order.placed|{order}"));
    let variables = [("DATABASE_URL", postgres.url()), ("REDIS_URL", fleet.redis.url())];
    let ended = run(&["events", "list", "--type", "order.placed", "--json"], &variables).await;
    let told: Vec<Value> = String::from_utf8_lossy(&ended.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(ended.status.success() && told.len() == 1, "{}", said(&ended));
    assert_eq!((&told[0]["event_id"], &told[0]["event_type"]), (&json!(of_xml), &json!("order.placed")));
    a_list_says_whether_it_was_cut_off(&variables).await;
    assert!(one.program.stop().success(), "{}", one.program.said());
}

async fn a_list_says_whether_it_was_cut_off(variables: &[(&str, String)]) {
    for (endpoint, cut_off) in [("in", true), ("xml", false)] {
        let ended =
            run(&["events", "list", "--endpoint", endpoint, "--limit", "1", "--json"], variables).await;
        assert_eq!(String::from_utf8_lossy(&ended.stdout).lines().count(), 1, "{}", said(&ended));
        assert_eq!(String::from_utf8_lossy(&ended.stderr).contains("there are more"), cut_off, "{endpoint}");
    }
}
