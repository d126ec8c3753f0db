//! Dead letters whose time is up: which those are, and that they leave once, told of, and never before.

use std::time::Duration;

use event::{EventId, Millis};
use stream::{Beyond, DeadLetter, Expired, Patience, Replayed, Retention, Store};

use crate::yard::Yard;

const DAY: Duration = Duration::from_secs(86_400);

/// Far from any limit.
const WIDE: Retention = Retention { max_age: DAY, max_entries: 1000 };

fn room_for(max_entries: u64) -> Retention {
    Retention { max_entries, ..WIDE }
}

/// A dead letter of this age, by Redis' clock. The oldest come first.
async fn letter(yard: &Yard, store: &Store, name: &str, age: Duration) {
    let (seconds, micros): (u64, u64) = yard.ask(&["TIME"]).await;
    let at = seconds * 1000 + micros / 1000 - u64::try_from(age.as_millis()).unwrap();
    let (key, id) = (store.keys().dead(), format!("{at}-*"));
    let fields = ["event_id", name, "route", "r", "job", name, "priority", "high", "body", "{}"];
    let _: String = yard.ask(&[&["XADD", &key, &id][..], &fields].concat()).await;
}

async fn letters(yard: &Yard, old: &[&str], young: &[&str]) {
    for name in old {
        letter(yard, &yard.store, name, DAY * 2).await;
    }
    for name in young {
        letter(yard, &yard.store, name, DAY / 2).await;
    }
}

async fn left(store: &Store) -> Vec<String> {
    names(&store.dead_letters("-", 100).await.unwrap().letters)
}

fn names(letters: &[DeadLetter]) -> Vec<String> {
    letters.iter().map(|letter| letter.text("event_id").to_owned()).collect()
}

fn events(expired: &[Expired]) -> Vec<&str> {
    expired.iter().map(|letter| letter.event.as_str()).collect()
}

/// How often an event's life says that its letter left, and in which way.
async fn told(store: &Store, name: &str) -> Vec<String> {
    let lines = store.life(&EventId::from_text(name)).await.unwrap();
    let expired = lines.iter().filter(|line| line.text("step") == "expired");
    expired
        .map(|line| format!("{} {} {}", line.text("how"), line.text("route"), line.text("dead_letter")))
        .collect()
}

#[tokio::test]
async fn the_old_leave_and_the_young_stay() {
    let yard = Yard::new().await;
    letters(&yard, &["a", "b", "c"], &["d", "e"]).await;
    assert_eq!(names(&yard.store.outlived(WIDE, 10, &Beyond::default()).await.unwrap()), ["a", "b", "c"]);
    assert_eq!(left(&yard.store).await.len(), 5, "looking moves nothing");
    let first = yard.store.expire_unarchived(WIDE, 2).await.unwrap();
    assert_eq!((events(&first), first[0].route.as_str()), (vec!["a", "b"], "r"));
    assert_eq!(events(&yard.store.expire_unarchived(WIDE, 2).await.unwrap()), ["c"]);
    assert!(yard.store.expire_unarchived(WIDE, 2).await.unwrap().is_empty());
    assert_eq!(left(&yard.store).await, ["d", "e"]);
    assert_eq!(told(&yard.store, "a").await, [format!("discarded r {}", first[0].id)]);
    assert!(told(&yard.store, "d").await.is_empty());
}

#[tokio::test]
async fn of_too_many_the_oldest_leave() {
    let yard = Yard::new().await;
    letters(&yard, &[], &["a", "b", "c", "d"]).await;
    assert_eq!(names(&yard.store.outlived(room_for(1), 2, &Beyond::default()).await.unwrap()), ["a", "b"]);
    assert_eq!(events(&yard.store.expire_unarchived(room_for(3), 10).await.unwrap()), ["a"]);
    assert!(yard.store.expire_unarchived(room_for(3), 10).await.unwrap().is_empty());
    // Whichever limit is met first.
    letters(&yard, &[], &["e"]).await;
    assert_eq!(events(&yard.store.expire_unarchived(room_for(2), 10).await.unwrap()), ["b", "c"]);
    assert_eq!(left(&yard.store).await, ["d", "e"]);
}

#[tokio::test]
async fn an_archived_letter_leaves_only_if_it_is_still_there_and_still_due() {
    let yard = Yard::new().await;
    letters(&yard, &["a", "b", "c"], &["d"]).await;
    let due = yard.store.outlived(WIDE, 10, &Beyond::default()).await.unwrap();
    let young = yard.store.newest_dead_letters(1).await.unwrap();
    assert_eq!(yard.store.replay(&due[1].id).await.unwrap(), Replayed::Again);
    let archived: Vec<&DeadLetter> = due.iter().chain(&young).collect();
    assert_eq!(events(&yard.store.expire_archived(WIDE, &archived).await.unwrap()), ["a", "c"]);
    assert!(yard.store.expire_archived(WIDE, &archived).await.unwrap().is_empty(), "once is enough");
    assert_eq!(left(&yard.store).await, ["d"]);
    assert_eq!(told(&yard.store, "a").await, [format!("archived r {}", due[0].id)]);
    assert!(told(&yard.store, "b").await.is_empty() && told(&yard.store, "d").await.is_empty());
}

#[tokio::test]
async fn those_that_have_to_stay_do_not_hide_those_behind_them() {
    let yard = Yard::new().await;
    letters(&yard, &["a", "b"], &["c", "d", "e"]).await;
    let (mut beyond, mut seen) = (Beyond::default(), Vec::new());
    loop {
        // Three are too many; two of them are old as well.
        let page = yard.store.outlived(room_for(2), 1, &beyond).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(names(&page));
        beyond.pass(&page, 1);
    }
    assert_eq!(seen, ["a", "b", "c"]);
}

#[tokio::test]
async fn each_partition_has_its_own_letters_and_its_own_room() {
    let yard = Yard::new().await;
    let url = yard.server.redis.url();
    let all = Store::spread_over(2, &url, &yard.prefix, Patience::Background).unwrap();
    let second = all.partition(1);
    for name in ["a", "b"] {
        letter(&yard, &all, name, DAY / 2).await;
    }
    for name in ["c", "d", "e"] {
        letter(&yard, &second, name, DAY / 2).await;
    }
    assert_eq!(all.retention_used(room_for(2), Millis::now()).await.unwrap(), 1.5);
    let due = second.outlived(room_for(2), 10, &Beyond::default()).await.unwrap();
    assert!(due[0].id.ends_with("@1"), "{due:?}");
    let gone = second.expire_archived(room_for(2), &due.iter().collect::<Vec<_>>()).await.unwrap();
    assert_eq!((events(&gone), &gone[0].id), (vec!["c"], &due[0].id));
    assert!(all.expire_unarchived(room_for(2), 10).await.unwrap().is_empty());
    assert_eq!(left(&all).await.len(), 4);
}

#[tokio::test]
async fn how_much_is_used_is_known_before_anything_is_due() {
    let yard = Yard::new().await;
    let now = Millis::now();
    assert_eq!(yard.store.standing(WIDE, now).await.unwrap().share(), 0.0);
    letters(&yard, &[], &["a", "b", "c", "d"]).await;
    let standing = yard.store.standing(WIDE, now).await.unwrap();
    assert!((0.49..0.51).contains(&standing.share()) && !standing.is_near_its_end(), "{standing:?}");
    let standing = yard.store.standing(room_for(5), now).await.unwrap();
    assert!(standing.is_near_its_end() && !standing.is_past_its_end(), "{standing:?}");
    assert!(yard.store.standing(room_for(3), now).await.unwrap().is_past_its_end());
}

#[tokio::test]
async fn one_looks_after_them_until_it_falls_silent() {
    let yard = Yard::new().await;
    let long = Duration::from_secs(60);
    assert!(yard.store.lead_retention("one", long).await.unwrap());
    assert!(!yard.store.lead_retention("other", long).await.unwrap());
    assert!(yard.store.lead_retention("one", Duration::from_millis(1)).await.unwrap());
    crate::yard::eventually("the other may", async || {
        yard.store.lead_retention("other", long).await.unwrap().then_some(())
    })
    .await;
    assert!(!yard.store.lead_retention("one", long).await.unwrap());
}
