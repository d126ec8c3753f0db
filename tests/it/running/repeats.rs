//! D5: events that a provider sends again.

use tests::{Answer, Fleet, Receiver, eventually, idle, until};

use super::{SECRET, THING, UNLIMITED, route};

#[tokio::test]
async fn d5_a_repeated_event_gets_its_first_answer_and_is_processed_once_until_the_window_ends() {
    let receiver = Receiver::start().await;
    let config = format!(
        "[deduplication]\nwindow = 3\n[[endpoints]]\nid = \"in\"\nprovider = \"github\"\nsecrets = [\"{SECRET}\"]\n{UNLIMITED}\n{}",
        route(&receiver)
    );
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let (one, two) = (fleet.start("ingress").await, fleet.start("ingress").await);
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    let (one, two) = (fleet.sender(&one, "in"), fleet.sender(&two, "in"));
    let named = |id: &str| {
        let mut headers = one.signed(THING.as_bytes());
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("X-GitHub-Delivery"));
        headers.push(("X-GitHub-Delivery".to_owned(), id.to_owned()));
        headers
    };
    let replayed = |answer: &Answer| answer.header("idempotent-replayed") == "true";
    let first = one.post(THING, named("first")).await;
    let again = two.post(THING, named("first")).await;
    assert_eq!((again.status, &again.json), (200, &first.json));
    assert_eq!((replayed(&first), replayed(&again)), (false, true));
    // At the same instant, on both.
    for n in 0..20 {
        let headers = named(&format!("pair {n}"));
        let (left, right) = tokio::join!(one.post(THING, headers.clone()), two.post(THING, headers));
        assert_eq!(left.event_id(), right.event_id());
        assert_ne!(replayed(&left), replayed(&right), "{left:?} {right:?}");
        assert_ne!(left.event_id(), first.event_id());
    }
    until("each is delivered", 21, async || receiver.count()).await;
    // Once the window is over it is an event like any other.
    eventually("it is forgotten", async || {
        let later = two.post(THING, named("first")).await;
        assert_eq!(later.status, 200, "{later:?}");
        (!replayed(&later)).then_some(())
    })
    .await;
    until("it is delivered again", 22, async || receiver.count()).await;
    idle(&fleet.store).await;
    let of_first =
        receiver.calls().iter().filter(|call| call.header("hookstream-event-id") == first.event_id()).count();
    assert_eq!((of_first, receiver.count()), (2, 22));
}
