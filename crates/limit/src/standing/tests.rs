use serde_json::json;

use super::*;
use crate::Limiter;
use crate::testing::{Redis, client};

#[tokio::test]
async fn it_tells_where_each_client_stands() {
    let redis = Redis::start().await;
    let (store, blocked) = (redis.store(), Blocked::default());
    let limiter = Limiter::new(blocked.clone());
    let limits = RateLimit {
        requests_per_minute: Some(3),
        requests_per_hour: None,
        burst_limit: None,
        block_duration: Some(600),
        ..RateLimit::default()
    };
    for (address, times) in [("203.0.113.9", 4), ("2001:db8::1", 1), ("2001:db8::2", 1)] {
        for _ in 0..times {
            limiter.admit(&store, "payments", &client(address), &limits).await.unwrap();
        }
    }
    limiter.admit(&store, "elsewhere", &client("203.0.113.10"), &limits).await.unwrap();

    let found = standing(&store, "payments", &limits).await.unwrap();
    let found = serde_json::to_value(&found).unwrap();
    let left = &found["clients"][0]["blocked_for_seconds"];
    assert!((590..=600).contains(&left.as_u64().unwrap()), "{left}");
    assert_eq!(
        found["limits"],
        json!({"requests_per_minute": 3, "requests_per_hour": null, "burst_limit": null, "block_duration": 600})
    );
    assert_eq!(
        (&found["endpoint"], &found["requests_last_minute"], &found["requests_last_hour"]),
        (&json!("payments"), &json!(5), &json!(5))
    );
    assert_eq!(
        found["clients"],
        json!([
            {"client": "203.0.113.9", "last_minute": 3, "last_hour": 3, "remaining_minute": 0, "remaining_hour": null, "blocked_for_seconds": left},
            {"client": "2001:db8::/64", "last_minute": 2, "last_hour": 2, "remaining_minute": 1, "remaining_hour": null, "blocked_for_seconds": null},
        ])
    );
    assert_eq!((&found["blocked_total"], &found["clients_last_hour"]), (&json!(1), &json!(2)));
    assert_eq!(found["blocked"][0]["client"], "203.0.113.9");
    assert_eq!(found["blocked"][0]["by"], "limit");
}

#[tokio::test]
async fn of_many_clients_the_busiest_are_shown_and_all_are_counted() {
    let redis = Redis::start().await;
    let (store, limiter) = (redis.store(), Limiter::new(Blocked::default()));
    let limits = RateLimit { requests_per_hour: Some(10), ..RateLimit::default() };
    for n in 1..=130u32 {
        for _ in 0..=u32::from(n == 7) {
            limiter.admit(&store, "a", &client(&format!("10.0.0.{n}")), &limits).await.unwrap();
        }
    }
    let found = standing(&store, "a", &limits).await.unwrap();
    assert_eq!((found.requests_last_hour, found.clients_last_hour, found.clients.len()), (131, 130, 20));
    assert_eq!((&*found.clients[0].client, found.clients[0].remaining_hour), ("10.0.0.7", Some(8)));
}

#[tokio::test]
async fn where_nothing_came_nothing_is_counted() {
    let redis = Redis::start().await;
    let found = standing(&redis.store(), "a", &RateLimit::default()).await.unwrap();
    assert_eq!((found.requests_last_hour, found.clients.len(), found.blocked_total), (0, 0, 0));
}
