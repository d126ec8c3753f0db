//! Files as a crash, a bad disk or a person leaves them.

use spool::{Drain, Harm, Spool};

use crate::place::{Place, append, cut, drain_all, spoil};

async fn with_three(place: &Place) -> (Spool, Drain) {
    let (spool, drain, _) = place.open().await;
    for text in ["one", "two", "three"] {
        append(&spool, text).await;
    }
    (spool, drain)
}

#[tokio::test]
async fn a_torn_tail_is_cut_off_and_reported() {
    for bytes in 1..20 {
        let place = Place::new();
        with_three(&place).await;
        cut(&place.files(".spool")[0], bytes);
        let (spool, mut drain, found) = place.open().await;
        assert_eq!((found.waiting.records, found.torn.len()), (2, 1), "cut by {bytes}");
        assert_eq!(found.torn[0].harm, Harm::Torn);
        append(&spool, "four").await;
        assert_eq!(drain_all(&mut drain), (["one", "two", "four"].map(str::to_owned).to_vec(), Vec::new()));
    }
}

#[tokio::test]
async fn a_damaged_record_costs_itself_alone_and_its_file_is_kept() {
    let place = Place::new();
    with_three(&place).await;
    // In the payload of the second: 16 of the file, 16 + 3 of the first, 16 of its own head.
    spoil(&place.files(".spool")[0], 16 + 19 + 16);
    let (_spool, mut drain, found) = place.open().await;
    assert_eq!((found.waiting.records, found.torn.len()), (2, 0));
    let (texts, damage) = drain_all(&mut drain);
    assert_eq!(texts, ["one", "three"]);
    assert_eq!(
        damage.iter().map(|damage| (damage.offset, damage.bytes, damage.harm)).collect::<Vec<_>>(),
        [(35, 19, Harm::Corrupt)]
    );
    assert_eq!((place.files(".spool").len(), place.files(".damaged").len()), (0, 1));
}

#[tokio::test]
async fn a_damaged_length_does_not_hide_what_stands_behind_it() {
    let place = Place::new();
    with_three(&place).await;
    spoil(&place.files(".spool")[0], 16 + 19 + 4);
    let (_spool, mut drain, _) = place.open().await;
    assert_eq!(drain_all(&mut drain).0, ["one", "three"]);
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_set_aside() {
    let place = Place::new();
    with_three(&place).await;
    spoil(&place.files(".spool")[0], 0);
    let (spool, mut drain, found) = place.open().await;
    assert_eq!((found.waiting.records, found.torn.len()), (0, 1));
    append(&spool, "four").await;
    assert_eq!(drain_all(&mut drain).0, ["four"]);
    assert_eq!(place.files(".damaged").len(), 1);
}

#[tokio::test]
async fn a_damaged_cursor_brings_everything_again() {
    let place = Place::new();
    {
        let (spool, mut drain, _) = place.open().await;
        for text in ["one", "two", "three"] {
            append(&spool, text).await;
        }
        let batch = drain.next(1).unwrap();
        drain.done(&batch).unwrap();
    }
    spoil(&place.path().join("cursor"), 10);
    let (_spool, mut drain, _) = place.open().await;
    assert_eq!(drain_all(&mut drain).0, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_record_that_goes_bad_while_it_waits_waits_no_longer_once_it_is_told() {
    let place = Place::new();
    let (spool, mut drain) = with_three(&place).await;
    spoil(&place.files(".spool")[0], 16 + 19 + 16);
    let (texts, damage) = drain_all(&mut drain);
    assert_eq!((texts.as_slice(), damage.len()), (["one", "three"].map(str::to_owned).as_slice(), 1));
    assert_eq!(spool.waiting(), spool::Waiting::default());
    append(&spool, "four").await;
    assert_eq!(spool.waiting().records, 1);
    assert_eq!(drain_all(&mut drain).0, ["four"]);
    assert_eq!(spool.waiting(), spool::Waiting::default());
}

#[tokio::test]
async fn a_file_that_somebody_removes_is_told_and_holds_nothing_up() {
    let place = Place::new();
    // A file takes an eighth of this.
    let (spool, mut drain, _) = place.open_with(8 * 64).await;
    for text in ["one", "two", "three", "four", "five", "six"] {
        append(&spool, text).await;
    }
    let files = place.files(".spool");
    assert!(files.len() > 1, "{files:?}");
    std::fs::remove_file(&files[0]).unwrap();
    let (texts, damage) = drain_all(&mut drain);
    assert!(damage.len() == 1 && damage[0].file == files[0], "{damage:?}");
    assert_eq!(texts.last().map(String::as_str), Some("six"));
    assert_eq!(spool.waiting(), spool::Waiting::default());
}
