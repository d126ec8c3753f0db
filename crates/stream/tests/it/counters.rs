//! Counting exactly once.

use std::time::Duration;

use stream::{Counters, Group, Intake, Outbox, Reclaim};

use crate::yard::{Yard, take_over};

fn counted(pairs: &[(&str, f64)]) -> Counters {
    Counters(pairs.iter().map(|(series, by)| ((*series).to_owned(), *by)).collect())
}

async fn ship(yard: &Yard, outbox: &mut Outbox, pairs: &[(&str, f64)]) {
    yard.store.ship(outbox, || counted(pairs)).await.unwrap();
}

#[tokio::test]
async fn totals_include_what_is_not_folded_yet() {
    let (yard, mut outbox) = (Yard::new().await, Outbox::default());
    ship(&yard, &mut outbox, &[("a", 1.0), ("b{x=\"1\"}", 0.25)]).await;
    ship(&yard, &mut outbox, &[("a", 2.0)]).await;
    let sum = counted(&[("a", 3.0), ("b{x=\"1\"}", 0.25)]);
    assert_eq!(yard.store.totals().await.unwrap(), sum);
    let folder = yard.reader(Group::Count);
    let mut shipments = folder.read::<Counters>(&[yard.keys().increments()], 10).await.unwrap();
    let second = shipments.split_off(1);
    assert_eq!(folder.fold(shipments).await.unwrap(), 1);
    assert_eq!(yard.store.totals().await.unwrap(), sum);
    assert_eq!(folder.fold(second).await.unwrap(), 1);
    assert_eq!(yard.store.totals().await.unwrap(), sum);
    assert_eq!(yard.length(&yard.keys().increments()).await, 0);
}

#[tokio::test]
async fn two_folders_at_once_count_a_shipment_once() {
    let (yard, mut outbox) = (Yard::new().await, Outbox::default());
    for _ in 0..50 {
        ship(&yard, &mut outbox, &[("a", 1.0)]).await;
    }
    let (slow, other, increments) =
        (yard.reader(Group::Count), yard.reader(Group::Count), yard.keys().increments());
    let first = slow.read::<Counters>(std::slice::from_ref(&increments), 50).await.unwrap();
    let same = take_over::<Counters>(&other, &increments).await;
    let (one, two) = tokio::join!(slow.fold(first), other.fold(same));
    assert_eq!((one.unwrap(), two.unwrap()), (0, 50));
    assert_eq!(yard.store.totals().await.unwrap(), counted(&[("a", 50.0)]));
    assert_eq!(yard.pending(&increments, Group::Count).await, 0);
}

#[tokio::test]
async fn folders_that_race_for_shipments_count_each_once() {
    let yard = Yard::new().await;
    let shipping = async {
        let mut outbox = Outbox::default();
        for _ in 0..200 {
            ship(&yard, &mut outbox, &[("a", 1.0)]).await;
        }
    };
    let folding = async || {
        // Leases so short that the folders take each other's shipments away.
        let reader = yard.reader(Group::Count);
        let mut intake = Intake::new(reader, yard.keys().increments(), Duration::from_millis(1));
        let mut folded = 0;
        while yard.length(&yard.keys().increments()).await > 0 || folded == 0 {
            let shipments = intake.take(7).await.unwrap();
            folded += intake.reader().fold(shipments).await.unwrap();
        }
        folded
    };
    let ((), one, two) = tokio::join!(shipping, folding(), folding());
    assert!(one + two <= 200);
    let folder = yard.reader(Group::Count);
    folder.fold(folder.read(&[yard.keys().increments()], 200).await.unwrap()).await.unwrap();
    assert_eq!(yard.store.totals().await.unwrap(), counted(&[("a", 200.0)]));
}

#[tokio::test]
async fn a_value_that_is_no_number_holds_up_nothing() {
    let yard = Yard::new().await;
    let increments = yard.keys().increments();
    let _: String = yard.ask(&["XADD", &increments, "*", "bad", "many", "good", "2"]).await;
    let waiting = yard.store.totals().await.unwrap();
    assert_eq!(waiting.0.get("good"), Some(&2.0));
    let folder = yard.reader(Group::Count);
    let shipments = folder.read(&[increments], 10).await.unwrap();
    assert_eq!(folder.fold(shipments).await.unwrap(), 1);
    assert_eq!(yard.store.totals().await.unwrap(), counted(&[("good", 2.0)]));
}

#[tokio::test]
async fn nothing_shipped_folds_nothing() {
    let yard = Yard::new().await;
    assert_eq!(yard.reader(Group::Count).fold(Vec::new()).await.unwrap(), 0);
    let mut scan = Reclaim::after(Duration::ZERO);
    let found =
        scan.step::<Counters>(&yard.reader(Group::Count), &yard.keys().increments(), 10).await.unwrap();
    assert!(found.deliveries.is_empty());
    assert_eq!(yard.store.totals().await.unwrap(), Counters::default());
}
