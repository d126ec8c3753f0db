//! Dead letters near the end of their time, and past it.

use stream::Store;

use crate::harness::{Bench, until};

const EXPIRED: &str = "webhook_dead_letters_expired_total{how=\"discarded\"}";

async fn put_letters(bench: &Bench, names: &[&str]) {
    for name in names {
        let store = bench.store();
        let fields: [(&str, &[u8]); 2] = [("event_id", name.as_bytes()), ("route", b"r")];
        store.append(&store.keys().dead(), &fields).await.unwrap();
    }
}

async fn letters(store: &Store) -> Vec<String> {
    let letters = store.dead_letters("-", 100).await.unwrap().letters;
    letters.iter().map(|letter| letter.text("event_id").to_owned()).collect()
}

fn keeping(when_due: &str, max_entries: usize) -> String {
    format!("[dead_letters]\nmax_age = 20\nmax_entries = {max_entries}\nwhen_due = \"{when_due}\"\n")
}

#[tokio::test]
async fn what_is_one_too_many_goes_where_the_operator_has_said_so_and_one_of_several_workers_does_it() {
    let bench = Bench::new(&keeping("discard", 2)).await;
    put_letters(&bench, &["a", "b", "c", "d"]).await;
    let (one, two) = (bench.worker(), bench.worker());
    until(|| async { letters(bench.store()).await == ["c", "d"] }).await;
    until(|| async { one.counted(EXPIRED).await + two.counted(EXPIRED).await >= 2.0 }).await;
    let totals = bench.store().totals().await.unwrap();
    assert_eq!(totals.0[EXPIRED], 2.0, "each is counted once");
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn nothing_goes_unless_the_operator_has_said_so() {
    for when_due in ["archive", "keep"] {
        let bench = Bench::new(&keeping(when_due, 1)).await;
        put_letters(&bench, &["a", "b", "c"]).await;
        let mut worker = bench.process_heard();
        // A worker that warns has looked at what is past its end, and goes on looking.
        let said = worker.until_it_says("past").await;
        assert!(said.contains("letters\":3") && said.contains("max_entries\":1"), "{said}");
        // As long as it takes one that may to throw them away.
        let other = Bench::new(&keeping("discard", 1)).await;
        put_letters(&other, &["a", "b", "c"]).await;
        let discarding = other.worker();
        until(|| async { letters(other.store()).await == ["c"] }).await;
        discarding.stop().await;
        assert_eq!(letters(bench.store()).await, ["a", "b", "c"], "{when_due}");
        worker.kill().await;
    }
}

#[tokio::test]
async fn a_warning_comes_before_anything_goes() {
    let bench = Bench::new(&keeping("discard", 5)).await;
    put_letters(&bench, &["a", "b", "c", "d"]).await;
    let mut worker = bench.process_heard();
    let said = worker.until_it_says("near their end").await;
    assert!(said.contains("thrown away") && said.contains("\"WARN\""), "{said}");
    assert_eq!(letters(bench.store()).await.len(), 4, "four of five are none too many");
    put_letters(&bench, &["e", "f"]).await;
    let gone = worker.until_it_says("is thrown away").await;
    assert!(gone.contains("\"event.id\":\"a\"") && gone.contains("\"WARN\""), "{gone}");
    until(|| async { letters(bench.store()).await.len() == 5 }).await;
    worker.kill().await;
}

#[tokio::test]
async fn one_that_starts_late_warns_first_too() {
    let bench = Bench::new(&keeping("discard", 1)).await;
    put_letters(&bench, &["a", "b"]).await;
    let mut worker = bench.process_heard();
    let said = worker.until_it_says("dead letter").await;
    assert!(said.contains("from the next look on"), "{said}");
    worker.until_it_says("is thrown away").await;
    worker.kill().await;
    assert_eq!(letters(bench.store()).await, ["b"]);
}
