//! Stored events, found again.

use archiver::{FindError, Query};
use event::{Millis, RawEvent};

use crate::place::{Place, event};

fn at(endpoint: &str, kind: &str, received_at: u64) -> RawEvent {
    let mut event = event(kind, "json", format!("{{\"at\": {received_at}}}"));
    event.endpoint = endpoint.to_owned();
    event.received_at = Millis(received_at);
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_what_is_asked_newest_first() {
    let Some(place) = Place::make().await else { return };
    let url = place.postgres.url();
    let early = archiver::find(&url, &Query { limit: 1, ..Query::default() }).await;
    assert!(matches!(early, Err(FindError::NoTable)), "{early:?}");
    let events = [at("a", "x", 1000), at("b", "x", 2000), at("a", "y", 3000), at("a", "x", 4000)];
    for event in &events {
        place.publish(event).await;
    }
    let running = place.run();
    place.is_empty().await;
    let times = async |query: Query| -> Vec<u64> {
        place.find(query).await.iter().map(|event| event.received_at.0).collect()
    };
    let all = Query::default;
    assert_eq!(times(all()).await, [4000, 3000, 2000, 1000]);
    assert_eq!(times(Query { limit: 2, ..all() }).await, [4000, 3000]);
    assert_eq!(times(Query { endpoint: Some("a".to_owned()), ..all() }).await, [4000, 3000, 1000]);
    assert_eq!(times(Query { event_type: Some("y".to_owned()), ..all() }).await, [3000]);
    assert!(times(Query { source: Some("nobody".to_owned()), ..all() }).await.is_empty());
    let (since, until) = (Some(Millis(2000)), Some(Millis(4000)));
    assert_eq!(times(Query { since, until, ..all() }).await, [3000, 2000]);
    let never = Some(Millis(u64::MAX));
    assert!(times(Query { since: never, ..all() }).await.is_empty());
    assert_eq!(times(Query { until: never, limit: 1, ..all() }).await, [4000]);
    assert_eq!(times(Query { id: Some(events[1].id.to_string()), ..all() }).await, [2000]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_written_for_programs_with_its_body_as_it_best_can_be() {
    let Some(place) = Place::make().await else { return };
    let bodies: [(&str, &[u8], &str); 3] = [
        ("json", b"{\"n\": 1e400}", "\"data\":{\"n\": 1"),
        ("xml", b"<a/>", "\"body\":\"<a/>\""),
        ("form", b"\xff", "\"body_base64\":\"/w==\""),
    ];
    let running = place.run();
    for (format, body, expected) in bodies {
        let sent = event("a", format, body.to_vec());
        place.publish(&sent).await;
        place.is_empty().await;
        let found = place.one(&sent.id).await;
        let text = serde_json::to_string(&found).unwrap();
        assert!(
            text.contains(expected) && text.contains("\"received_at\":\"2023-11-14T22:13:20.123Z\""),
            "{text}"
        );
        assert!(!format!("{found:?}").contains("body"));
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_named() {
    let wrong = archiver::find("redis://x", &Query::default()).await;
    assert!(matches!(wrong, Err(FindError::Address(_))));
    let away = archiver::find("postgres://me:secret@127.0.0.1:1/x", &Query::default()).await.unwrap_err();
    let said = away.to_string();
    assert!(said.contains("127.0.0.1:1/x") && said.contains("refused") && !said.contains("secret"), "{said}");
}
