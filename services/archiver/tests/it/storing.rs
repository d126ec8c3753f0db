//! What is stored, and that it is stored once.

use archiver::Query;

use crate::place::{Place, event, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_stored_whole() {
    let Some(place) = Place::make().await else { return };
    let running = place.run();
    let body = "{\"b\": 1, \"a\":  12345678901234567890.5}";
    let sent = event("invoice.paid", "json", body);
    place.publish(&sent).await;
    place.is_empty().await;
    let found = place.one(&sent.id).await;
    assert_eq!((found.endpoint.as_str(), found.source.as_str()), ("payments", "stripe"));
    assert_eq!((found.event_type.as_str(), found.received_at), ("invoice.paid", sent.received_at));
    assert_eq!((found.content_type.as_str(), &found.trace), ("application/json", &sent.trace));
    assert_eq!(found.body, body.as_bytes());
    assert_eq!(found.data.as_ref().unwrap().get(), "{\"a\": 12345678901234567890.5, \"b\": 1}");
    assert_eq!(found.headers, sent.headers);
    let row = place.postgres.client().await;
    let stored =
        row.query_one("SELECT received_at::text, (data->>'b')::int FROM hookstream_events", &[]).await;
    let stored = stored.unwrap();
    assert_eq!(stored.get::<_, i32>(1), 1);
    assert!(stored.get::<_, &str>(0).contains(".123"), "to the millisecond");
    let dead = place.number("XLEN", &[&place.store.keys().dead()]).await;
    assert_eq!(dead, 0);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_body_is_kept_to_the_byte() {
    let Some(place) = Place::make().await else { return };
    let running = place.run();
    let huge_number = format!("{{\"n\": 1{}}}", "0".repeat(200_000));
    let bodies: [(&str, &[u8], bool); 9] = [
        ("json", b"{\"a\": 1}", true),
        ("json", b"{\"a\": \"\\\\u0000\"}", true),
        ("json", b"{\"a\": \"x\\u0000y\"}", false),
        ("json", b"{\"a\": \"\\ud800\"}", false),
        ("json", b"{\"a\": ", false),
        ("json", huge_number.as_bytes(), false),
        ("json", b"\x00\xff\xfe", false),
        ("xml", b"<a>\xc3\xa9</a>", false),
        ("form", b"", false),
    ];
    for (place_in_list, (format, body, has_data)) in bodies.iter().enumerate() {
        let sent = event(&format!("t.{place_in_list}"), format, body.to_vec());
        place.publish(&sent).await;
        place.is_empty().await;
        let found = place.one(&sent.id).await;
        assert_eq!(found.body, *body, "body {place_in_list}");
        assert_eq!(found.data.is_some(), *has_data, "data of body {place_in_list}");
    }
    assert!(place.dead().await.is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_character_nul_in_a_type_and_a_type_of_any_length_are_no_trouble() {
    let Some(place) = Place::make().await else { return };
    let long = "é".repeat(50_000);
    let (with_nul, too_long) = (event("a\0b", "json", "{}"), event(&long, "json", "{}"));
    place.publish(&with_nul).await;
    place.publish(&too_long).await;
    let running = place.run();
    place.is_empty().await;
    assert_eq!(place.one(&with_nul.id).await.event_type, "a\u{FFFD}b");
    let found = place.find(Query { event_type: Some(long.clone()), ..Query::default() }).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].event_type, long);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_again_is_stored_once() {
    let Some(place) = Place::make().await else { return };
    let sent = event("a", "json", "{}");
    // Twice in one batch, and again later.
    place.publish(&sent).await;
    place.publish(&sent).await;
    let running = place.run();
    place.is_empty().await;
    place.publish(&sent).await;
    place.is_empty().await;
    assert_eq!(place.rows().await, 1);
    running.context.meter.ship(&place.store).await;
    assert_eq!(place.store.totals().await.unwrap().0["webhook_archived_total"], 1.0);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_archiver_had_taken_is_stored_by_another() {
    let Some(place) = Place::make().await else { return };
    let sent = event("a", "json", "{}");
    place.publish(&sent).await;
    place.take_and_die().await;
    let running = place.run();
    eventually("its lease runs out", async || place.rows().await == 1).await;
    place.is_empty().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_archivers_and_a_thousand_events_make_a_thousand_rows() {
    let Some(place) = Place::make().await else { return };
    let (one, two) = (place.run(), place.run());
    for number in 0..1000 {
        place.publish(&event(&format!("t.{}", number % 7), "json", format!("{{\"n\": {number}}}"))).await;
    }
    place.is_empty().await;
    assert_eq!(place.rows().await, 1000);
    assert!(place.dead().await.is_empty());
    one.stop().await;
    two.stop().await;
}
