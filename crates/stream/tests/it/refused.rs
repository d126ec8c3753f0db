//! The quarantine and its bounds.

use std::time::Duration;

use bytes::Bytes;
use event::{Headers, Millis};
use stream::{Bounds, Refused};

use crate::yard::{PATIENCE, Yard, eventually};

const WIDE: Bounds =
    Bounds { entries: 1000, bytes: 16 << 20, age: Duration::from_secs(86_400), per_address: 1000 };

fn refused(client: &str, body: impl Into<Bytes>) -> Refused {
    Refused {
        endpoint: "payments".to_owned(),
        client: client.to_owned(),
        received_at: Millis(1_700_000_000_123),
        code: "invalid_signature".to_owned(),
        reason: "the signature does not match".to_owned(),
        request_id: "req_1".to_owned(),
        headers: Headers::from_iter([("X-Webhook-Signature", "00")]),
        body: body.into(),
    }
}

async fn clients(yard: &Yard) -> Vec<String> {
    let page = yard.store.refused("-", 1000).await.unwrap();
    page.refused.iter().map(|entry| entry.text("client").to_owned()).collect()
}

#[tokio::test]
async fn a_refused_request_stands_there_as_it_was_to_the_byte() {
    let yard = Yard::new().await;
    let request = refused("203.0.113.9", &b"{\"a\":\"\x00\xff\r\n\"}"[..]);
    assert!(yard.store.refuse(&request, &WIDE).await.unwrap());
    let entry = yard.store.newest_refused(1).await.unwrap().remove(0);
    assert_eq!(Refused::from(&entry), request);
    assert_eq!(yard.store.refused_entry(&entry.id).await.unwrap().unwrap().text("code"), "invalid_signature");
    assert!(yard.store.refused_entry("1-").await.unwrap().is_none());
}

#[tokio::test]
async fn an_address_keeps_so_many_a_minute_and_takes_nothing_from_others() {
    let yard = Yard::new().await;
    let bounds = Bounds { per_address: 3, ..WIDE };
    let mut kept = 0;
    for n in 0..50 {
        kept += usize::from(yard.store.refuse(&refused("flood", format!("{n}")), &bounds).await.unwrap());
    }
    assert_eq!(kept, 3);
    assert!(yard.store.refuse(&refused("honest", "a"), &bounds).await.unwrap());
    assert_eq!(clients(&yard).await, ["flood", "flood", "flood", "honest"]);
    let left: i64 = yard.ask(&["PTTL", &yard.keys().refused_from("flood")]).await;
    assert!((1..=60_000).contains(&left), "the counter goes by itself: {left}");
}

#[tokio::test]
async fn an_address_holds_at_most_a_quarter_however_long_it_goes_on() {
    let yard = Yard::new().await;
    let bounds = Bounds { entries: 20, ..WIDE };
    yard.store.refuse(&refused("honest", "a"), &bounds).await.unwrap();
    for n in 0..100 {
        yard.store.refuse(&refused("flood", format!("{n}")), &bounds).await.unwrap();
    }
    let found = clients(&yard).await;
    assert_eq!(found.iter().filter(|client| *client == "flood").count(), 5);
    assert_eq!(found[0], "honest");
    // The same of bytes: four fifths of a quarter once, not twice.
    let yard = Yard::new().await;
    let bounds = Bounds { bytes: 40_000, ..WIDE };
    assert!(yard.store.refuse(&refused("flood", vec![b'x'; 8000]), &bounds).await.unwrap());
    assert!(!yard.store.refuse(&refused("flood", vec![b'x'; 8000]), &bounds).await.unwrap());
    assert!(yard.store.refuse(&refused("honest", vec![b'x'; 8000]), &bounds).await.unwrap());
    assert!(!yard.store.refuse(&refused("large", vec![b'x'; 10_001]), &bounds).await.unwrap());
}

#[tokio::test]
async fn the_oldest_go_when_it_is_full_by_count_or_by_bytes() {
    let yard = Yard::new().await;
    let bounds = Bounds { entries: 8, ..WIDE };
    for n in 0..30 {
        assert!(yard.store.refuse(&refused(&format!("c{n}"), "a"), &bounds).await.unwrap());
    }
    assert_eq!(clients(&yard).await, (22..30).map(|n| format!("c{n}")).collect::<Vec<_>>());
    let held = yard.ask::<Vec<String>>(&["HKEYS", &yard.keys().refused_sizes()]).await;
    assert_eq!(held.len(), 1 + 2 * 8, "who is gone is forgotten: {held:?}");
    let yard = Yard::new().await;
    let bounds = Bounds { bytes: 40_000, ..WIDE };
    for n in 0..30 {
        assert!(yard.store.refuse(&refused(&format!("c{n}"), vec![b'x'; 9000]), &bounds).await.unwrap());
    }
    assert_eq!(clients(&yard).await, ["c26", "c27", "c28", "c29"]);
    let bytes: usize = yard.ask(&["HGET", &yard.keys().refused_sizes(), "bytes"]).await;
    assert!((36_000..40_000).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn what_is_too_old_goes_with_the_next_and_by_itself_if_there_is_none() {
    let yard = Yard::new().await;
    let bounds = Bounds { age: Duration::from_millis(200), ..WIDE };
    for client in ["a", "b"] {
        yard.store.refuse(&refused(client, "x"), &WIDE).await.unwrap();
    }
    eventually("those before are too old", async || {
        yard.store.refuse(&refused("c", "x"), &bounds).await.unwrap();
        (!clients(&yard).await.contains(&"b".to_owned())).then_some(())
    })
    .await;
    eventually("all of it goes", async || (yard.length(&yard.keys().refused()).await == 0).then_some(()))
        .await;
}

#[tokio::test]
async fn what_is_released_is_gone_once_and_gives_its_share_back() {
    let yard = Yard::new().await;
    let bounds = Bounds { entries: 4, ..WIDE };
    assert!(yard.store.refuse(&refused("a", "x"), &bounds).await.unwrap());
    assert!(!yard.store.refuse(&refused("a", "x"), &bounds).await.unwrap(), "a quarter of four is one");
    let id = yard.store.newest_refused(1).await.unwrap().remove(0).id;
    assert!(yard.store.release(&id).await.unwrap());
    assert!(!yard.store.release(&id).await.unwrap());
    assert!(!yard.store.release("nonsense").await.unwrap());
    assert!(yard.store.refuse(&refused("a", "x"), &bounds).await.unwrap());
}

#[tokio::test]
async fn what_was_deleted_by_hand_does_not_count_for_ever() {
    let yard = Yard::new().await;
    let bounds = Bounds { entries: 4, ..WIDE };
    assert!(yard.store.refuse(&refused("a", "x"), &bounds).await.unwrap());
    let _: u64 = yard.ask(&["DEL", &yard.keys().refused()]).await;
    assert!(yard.store.refuse(&refused("a", "x"), &bounds).await.unwrap());
}

#[tokio::test]
async fn who_follows_is_woken_by_the_next() {
    let yard = Yard::new().await;
    let request = refused("a", "x");
    let follow = yard.store.next_refused("0-0", PATIENCE);
    let (followed, kept) = tokio::join!(follow, yard.store.refuse(&request, &WIDE));
    assert!(kept.unwrap());
    assert_eq!(followed.unwrap()[0].text("request_id"), "req_1");
}
