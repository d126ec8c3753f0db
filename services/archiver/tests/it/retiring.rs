//! Dead letters whose time is up: in PostgreSQL first, and only then off Redis.

use service::Context;
use stream::Store;

use crate::place::{Place, eventually};

const EXPIRED: &str = "webhook_dead_letters_expired_total{how=\"archived\"}";
const ROOM_FOR_ONE: &str = "[dead_letters]\nmax_age = 20\nmax_entries = 1\n";

async fn put_letter(store: &Store, event: &str, fields: &[(&str, &[u8])]) {
    let all: Vec<(&str, &[u8])> =
        [("event_id", event.as_bytes()), ("route", b"r")].into_iter().chain(fields.iter().copied()).collect();
    store.append(&store.keys().dead(), &all).await.unwrap();
}

async fn stored(place: &Place, columns: &str) -> Vec<String> {
    let asked = format!("SELECT {columns} FROM hookstream_dead_letters ORDER BY id");
    let rows = place.postgres.client().await.query(&asked, &[]).await.unwrap_or_default();
    rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_default()).collect()
}

async fn left(place: &Place) -> Vec<String> {
    place.dead().await.iter().map(|letter| letter.text("event_id").to_owned()).collect()
}

async fn counted(context: &Context) -> f64 {
    context.meter.ship(&context.store).await;
    context.store.totals().await.unwrap().0.get(EXPIRED).copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_stored_whole_before_it_leaves_and_what_is_not_stays() {
    let Some(place) = Place::make_with(ROOM_FOR_ONE).await else { return };
    let odd: [(&str, &[u8]); 5] = [
        ("reason", b"gone"),
        ("error", b"the handler answered 410\0"),
        ("headers", b"[[\"x-a\",\"1\"]]"),
        ("body", b"a\0\xff"),
        ("strange", b"\xff\xfe"),
    ];
    put_letter(&place.store, "evt_a", &odd).await;
    put_letter(&place.store, "evt_b", &[]).await;
    put_letter(&place.store, "evt_c", &[]).await;
    let first = place.dead().await.remove(0);
    let (one, two) = (place.run(), place.run());
    eventually("two left Redis", async || left(&place).await == ["evt_c"]).await;
    assert_eq!(stored(&place, "event_id").await, ["evt_a", "evt_b"], "and nothing twice");
    let whole = "id || ' ' || route || ' ' || reason || ' ' || encode(body, 'hex') || ' ' || (letter->>'headers') || ' ' || (letter->>'strange_base64')";
    let expected = format!("{} r gone 6100ff [[\"x-a\",\"1\"]] //4=", first.id);
    assert_eq!(stored(&place, whole).await[0], expected);
    let at =
        stored(&place, "(extract(epoch FROM dead_at) * 1000)::bigint::text || (error LIKE 'the handler%')")
            .await;
    assert_eq!(at[0], format!("{}true", first.at().unwrap().0));
    eventually("both are counted", async || counted(&one.context).await + counted(&two.context).await >= 2.0)
        .await;
    let life = place.store.life(&event::EventId::from_text("evt_a")).await.unwrap();
    assert_eq!((life.len(), life[0].text("step"), life[0].text("how")), (1, "expired", "archived"));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_no_letter_leaves() {
    let Some(mut place) = Place::make_with(ROOM_FOR_ONE).await else { return };
    let running = place.run();
    eventually("it is ready", async || running.ready().await.0 == 200).await;
    place.postgres.kill();
    put_letter(&place.store, "evt_a", &[]).await;
    put_letter(&place.store, "evt_b", &[]).await;
    eventually("it notices", async || running.ready().await.0 == 503).await;
    assert_eq!(left(&place).await, ["evt_a", "evt_b"]);
    place.postgres.revive().await;
    eventually("then it leaves", async || left(&place).await == ["evt_b"]).await;
    assert_eq!(stored(&place, "event_id").await, ["evt_a"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_postgresql_refuses_stays_and_holds_up_no_other() {
    let Some(place) = Place::make_with(ROOM_FOR_ONE).await else { return };
    let running = place.run();
    eventually("the tables are made", async || running.ready().await.0 == 200).await;
    let refuses = "ALTER TABLE hookstream_dead_letters ADD CHECK (event_id <> 'evt_bad')";
    place.postgres.client().await.execute(refuses, &[]).await.unwrap();
    for event in ["evt_bad", "evt_a", "evt_b"] {
        put_letter(&place.store, event, &[]).await;
    }
    eventually("the other leaves", async || left(&place).await == ["evt_bad", "evt_b"]).await;
    assert_eq!(stored(&place, "event_id").await, ["evt_a"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_archived_where_that_is_not_wanted() {
    let keep = format!("{ROOM_FOR_ONE}when_due = \"keep\"\n");
    let Some(place) = Place::make_with(&keep).await else { return };
    put_letter(&place.store, "evt_a", &[]).await;
    put_letter(&place.store, "evt_b", &[]).await;
    let running = place.run();
    // It looks after each batch of events, and at once when it starts.
    place.publish(&crate::place::event("x", "json", "{}")).await;
    place.is_empty().await;
    running.stop().await;
    assert_eq!(left(&place).await, ["evt_a", "evt_b"]);
    assert_eq!(stored(&place, "event_id").await, Vec::<String>::new());
}
