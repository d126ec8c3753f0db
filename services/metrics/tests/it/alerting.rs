//! Alerts: fired, resolved, by one service, and not again after a restart.

use std::time::Duration;

use service::catalog;

use crate::support::{Place, Receiver, eventually};

fn settings(url: &str, window: u32) -> String {
    format!(
        "[[alerts]]\nname = \"guessing\"\nmetric = \"signature_failures\"\nthreshold = 5\nwindow = {window}\nurl = \"{url}\"\n"
    )
}

fn states(expected: &[&str]) -> Vec<(String, String)> {
    expected.iter().map(|state| ("guessing".to_owned(), (*state).to_owned())).collect()
}

const LABELS: [(&str, &str); 2] = [("endpoint", "a"), ("reason", "invalid_signature")];

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_fires_and_is_resolved_once_though_two_services_watch() {
    let place = Place::make().await;
    let receiver = Receiver::default();
    // The first two tries are refused: the third counts.
    let settings = settings(&receiver.listen(2), 4);
    let (one, _two) = (place.run(&settings, &[]).await, place.run(&settings, &[]).await);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    one.count(4, catalog::SIGNATURE_FAILURES, &LABELS).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(receiver.states(), [], "4 are fewer than 5");
    one.count(3, catalog::SIGNATURE_FAILURES, &LABELS).await;
    // By the third try it may be over: "resolved" then follows at once.
    eventually("it fires", async || receiver.states().starts_with(&states(&["firing"]))).await;
    let notice = receiver.taken.lock().unwrap()[0].clone();
    assert_eq!(notice["metric"], "signature_failures");
    assert_eq!(notice["value"], 7.0);
    assert_eq!(notice["threshold"], 5.0);
    assert_eq!(notice["window_seconds"], 4.0);
    assert!(notice["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{notice}");
    eventually("it is resolved", async || receiver.states() == states(&["firing", "resolved"])).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(receiver.states().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_not_told_again_after_a_restart() {
    let place = Place::make().await;
    let receiver = Receiver::default();
    let settings = settings(&receiver.listen(0), 4);
    let first = place.run(&settings, &[]).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    first.count(9, catalog::SIGNATURE_FAILURES, &LABELS).await;
    eventually("it fires", async || receiver.states() == states(&["firing"])).await;
    let store = first.context.store.clone();
    eventually("that is kept", async || store.alert_states().await.unwrap().contains_key("guessing")).await;
    first.stop().await;
    // Its lead runs out, and it sees a whole quiet window before it says that all is well.
    let second = place.run(&settings, &[]).await;
    eventually("it is resolved", async || receiver.states() == states(&["firing", "resolved"])).await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_near_the_end_of_their_room_are_alerted_of_before_any_is_due() {
    let place = Place::make().await;
    let receiver = Receiver::default();
    let url = receiver.listen(0);
    let settings = format!(
        "[dead_letters]\nmax_entries = 5\n\
         [[alerts]]\nname = \"guessing\"\nmetric = \"dead_letter_retention\"\nthreshold = 80\nurl = \"{url}\"\n"
    );
    let service = place.run(&settings, &[]).await;
    let store = &service.context.store;
    let dead = store.keys().dead();
    for n in 1_u8..=4 {
        assert!(receiver.states().is_empty(), "fewer than four of five");
        store.append(&dead, &[("event_id", &[n])]).await.unwrap();
    }
    eventually("it fires", async || receiver.states() == states(&["firing"])).await;
    assert_eq!(receiver.taken.lock().unwrap()[0]["value"], 80.0);
    assert!(service.page().await.contains("\nwebhook_dead_letter_retention_used 0.8\n"));
    let oldest = store.dead_letters("-", 1).await.unwrap().letters.remove(0);
    assert!(store.discard(&oldest.id).await.unwrap());
    eventually("it is resolved", async || receiver.states() == states(&["firing", "resolved"])).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_never_answers_holds_up_nothing() {
    let place = Place::make().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let receiver = Receiver::default();
    let dead = settings(&format!("http://{}/", silent.local_addr().unwrap()), 60);
    let alive = settings(&receiver.listen(0), 60).replace("guessing", "other");
    let service = place.run(&format!("{dead}\n{alive}"), &[]).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    service.count(9, catalog::SIGNATURE_FAILURES, &LABELS).await;
    eventually("the other is told", async || receiver.states().len() == 1).await;
    assert!(service.page().await.contains("webhook_signature_failures_total"));
    service.stop().await;
}
