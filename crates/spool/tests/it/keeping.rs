//! What goes in comes out: once said to be done not again, and until then after any end.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use spool::{OpenError, Spool};

use crate::place::{Place, append, drain_all};

#[tokio::test]
async fn records_come_out_in_order_across_a_restart() {
    let place = Place::new();
    {
        let (spool, _drain, found) = place.open().await;
        assert_eq!(found.waiting.records, 0);
        for n in 0..10 {
            append(&spool, &n.to_string()).await;
        }
    }
    let (spool, mut drain, found) = place.open().await;
    assert_eq!((found.waiting.records, found.torn.len()), (10, 0));
    append(&spool, "10").await;
    let expected: Vec<String> = (0..=10).map(|n| n.to_string()).collect();
    assert_eq!(drain_all(&mut drain), (expected, Vec::new()));
    assert_eq!(spool.waiting().records, 0);
}

#[tokio::test]
async fn what_is_not_done_comes_again_and_what_is_does_not() {
    let place = Place::new();
    {
        let (spool, mut drain, _) = place.open().await;
        for n in 0..9 {
            append(&spool, &n.to_string()).await;
        }
        for _ in 0..2 {
            let batch = drain.next(2).unwrap();
            drain.done(&batch).unwrap();
        }
        // Taken, and then the process died.
        assert_eq!(drain.next(3).unwrap().records.len(), 3);
    }
    let (_spool, mut drain, found) = place.open().await;
    assert_eq!(found.waiting.records, 5);
    assert_eq!(drain_all(&mut drain).0, ["4", "5", "6", "7", "8"]);
}

#[tokio::test]
async fn a_drained_spool_leaves_nothing_behind() {
    let place = Place::new();
    let (spool, mut drain, _) = place.open().await;
    for round in 0..3 {
        append(&spool, &round.to_string()).await;
        assert_eq!(drain_all(&mut drain).0, [round.to_string()]);
        for _ in 0..200 {
            if place.files(".spool").is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(place.files(".spool").is_empty(), "{:?}", place.files(".spool"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_kept() {
    let place = Place::new();
    let (spool, mut drain, _) = place.open().await;
    let appends = (0..300).map(|n| {
        let spool = spool.clone();
        tokio::spawn(async move { append(&spool, &n.to_string()).await })
    });
    for append in appends.collect::<Vec<_>>() {
        append.await.unwrap();
    }
    let (texts, damage) = drain_all(&mut drain);
    assert_eq!((texts.len(), damage.len()), (300, 0));
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 300);
}

#[tokio::test]
async fn whoever_waits_for_records_is_told_of_them() {
    let place = Place::new();
    let (spool, _drain, _) = place.open().await;
    let waiting = tokio::spawn({
        let spool = spool.clone();
        async move { spool.filled().await }
    });
    append(&spool, "a").await;
    waiting.await.unwrap();
    spool.filled().await;
}

#[tokio::test]
async fn a_folder_is_one_process_alone_and_closed_to_others() {
    let place = Place::new();
    let (spool, _drain, _) = place.open().await;
    append(&spool, "secret").await;
    assert!(matches!(Spool::open(&place.path(), 1 << 20), Err(OpenError::Taken { .. })));
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path()), 0o700);
    assert_eq!(mode(&place.files(".spool")[0]), 0o600);
    assert!(Spool::is_left_in(&place.path()).unwrap());
    assert!(!Spool::is_left_in(&place.path().join("none")).unwrap());
}
