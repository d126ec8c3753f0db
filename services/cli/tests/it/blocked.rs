//! `hookstream blocked` and `hookstream limits`.

use std::time::Duration;

use limit::{Blocked, Client};

use crate::support::Gateway;

const CONFIGURATION: &str = "[[endpoints]]
id = 'partner'
provider = 'custom'
secrets = ['s']
rate_limit = { requests_per_minute = 10, burst_limit = 3, block_duration = 600 }
";

#[tokio::test]
async fn an_address_is_blocked_listed_and_let_in_again() {
    let gateway = Gateway::start().await;
    let reason = "knocks at every door";
    let added =
        gateway.run(&["blocked", "add", "203.0.113.9", "--for", "10m", "--reason", reason]).await.ended(0);
    assert!(added.out.starts_with("203.0.113.9 is blocked until "), "{}", added.out);
    let (blocks, all) = Blocked::list(&gateway.store, 10).await.unwrap();
    assert_eq!((all, &*blocks[0].reason), (1, reason));
    assert!(blocks[0].left > Duration::from_secs(590) && blocks[0].left <= Duration::from_secs(600));
    let listed = gateway.run(&["blocked", "list", "--json"]).await.ended(0).json();
    assert_eq!((&listed[0]["client"], &listed[0]["reason"]), (&"203.0.113.9".into(), &reason.into()));
    assert!(gateway.run(&["blocked", "list"]).await.ended(0).out.contains(reason));
    gateway.run(&["blocked", "remove", "203.0.113.9"]).await.ended(0);
    let again = gateway.run(&["blocked", "remove", "203.0.113.9"]).await.ended(1);
    assert!(again.err.contains("is not blocked"), "{}", again.err);
    gateway.run(&["blocked", "add", "nobody"]).await.ended(2);
    gateway.run(&["blocked", "add", "203.0.113.9", "--for", "10"]).await.ended(2);
}

#[tokio::test]
async fn where_a_limit_stands_is_shown_with_who_is_blocked() {
    let gateway = Gateway::start().await;
    gateway.place.write("hookstream.toml", CONFIGURATION);
    let client: Client = "203.0.113.9".parse().unwrap();
    Blocked::default()
        .add(&gateway.store, &client, Duration::from_secs(60), ("a test", "test"))
        .await
        .unwrap();
    let said = gateway.run(&["limits", "partner"]).await.ended(0);
    assert!(said.out.contains("10 a minute, 3 in one second"), "{}", said.out);
    assert!(said.out.contains("0 in the last minute, 0 in the last hour"), "{}", said.out);
    assert!(said.out.contains("203.0.113.9"), "{}", said.out);
    let standing = &gateway.run(&["limits", "partner", "--json"]).await.ended(0).json()[0];
    assert_eq!(standing["limits"]["requests_per_minute"], 10);
    assert_eq!(standing["blocked_total"], 1);
    let said = gateway.run(&["limits", "partners"]).await.ended(2);
    assert!(said.err.contains("no endpoint has the id `partners`; there are partner"), "{}", said.err);
}
