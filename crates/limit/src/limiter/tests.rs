use stream::Store;

use super::*;
use crate::testing::{Redis, client, lua};

pub(super) const ADDRESS: &str = "203.0.113.9";

pub(super) fn limits(minute: u32, hour: u32, burst: u32) -> RateLimit {
    let set = |n| Some(n).filter(|n| *n > 0);
    RateLimit {
        requests_per_minute: set(minute),
        requests_per_hour: set(hour),
        burst_limit: set(burst),
        ..RateLimit::default()
    }
}

/// Its second, minute and hour are so many milliseconds.
pub(super) fn short(ms: [u64; 3]) -> Limiter {
    Limiter { lengths: ms.map(Duration::from_millis), ..Limiter::new(Blocked::default()) }
}

pub(super) fn asked(endpoint: &str, limits: &RateLimit) -> Asked {
    let client = client(ADDRESS);
    Asked {
        endpoint: endpoint.to_owned(),
        who: client.key(),
        client,
        block: Duration::ZERO,
        windows: windows(limits),
    }
}

pub(super) async fn log(store: &Store, endpoint: &str) -> Vec<u64> {
    let key = store.keys().limit(endpoint, ADDRESS);
    lua(store, "return redis.call('LRANGE', KEYS[1], 0, -1)", key).await
}

#[tokio::test]
async fn standing_counts_down_and_tells_which_limit_is_over() {
    let redis = Redis::start().await;
    let (store, limiter, client) = (redis.store(), Limiter::new(Blocked::default()), client(ADDRESS));
    let limits = limits(3, 100, 0);
    for left in [2, 1, 0] {
        let verdict = limiter.admit(&store, "a", &client, &limits).await.unwrap();
        assert!(verdict.is_admitted());
        let remaining: Vec<_> =
            verdict.standing().0.iter().map(|quota| (quota.window, quota.remaining)).collect();
        assert_eq!(remaining, [(Window::Minute, left), (Window::Hour, left + 97)]);
    }
    let verdict = limiter.admit(&store, "a", &client, &limits).await.unwrap();
    let Verdict::Over { limit: Window::Minute, retry_after, standing, block: None } = verdict else {
        panic!("{verdict:?}");
    };
    assert!(
        retry_after > Duration::from_secs(50) && retry_after <= Duration::from_secs(60),
        "{retry_after:?}"
    );
    assert_eq!((standing.0[0].remaining, standing.0[1].remaining), (0, 97));
    assert_eq!(standing.policy_header().unwrap(), r#""minute";q=3;w=60, "hour";q=100;w=3600"#);
    let (other, elsewhere) = (crate::testing::client("203.0.113.10"), "b");
    assert!(limiter.admit(&store, "a", &other, &limits).await.unwrap().is_admitted(), "another client");
    assert!(
        limiter.admit(&store, elsewhere, &client, &limits).await.unwrap().is_admitted(),
        "another endpoint"
    );
}

#[tokio::test]
async fn counted_together_clients_share_one_limit() {
    let redis = Redis::start().await;
    let (store, limiter) = (redis.store(), Limiter::new(Blocked::default()));
    let limits = RateLimit { scope: LimitScope::Endpoint, ..limits(2, 0, 0) };
    for (address, admitted) in [("203.0.113.1", true), ("203.0.113.2", true), ("203.0.113.3", false)] {
        let verdict = limiter.admit(&store, "a", &client(address), &limits).await.unwrap();
        assert_eq!(verdict.is_admitted(), admitted, "{address}");
    }
}

#[tokio::test]
async fn without_limits_redis_is_not_asked() {
    let store = Store::open("redis://127.0.0.1:1", "hs", stream::Patience::Sender).unwrap();
    let limiter = Limiter::new(Blocked::default());
    let verdict = limiter.admit(&store, "a", &client(ADDRESS), &limits(0, 0, 0)).await.unwrap();
    assert_eq!(verdict, Verdict::Admit { standing: Quotas::default() });
    assert_eq!(verdict.standing().limit_header(), None);
    assert!(limiter.admit(&store, "a", &client(ADDRESS), &limits(1, 0, 0)).await.is_err());
}

#[tokio::test]
async fn a_client_that_goes_over_is_blocked_once_and_never_for_less() {
    let redis = Redis::start().await;
    let (store, blocked, client) = (redis.store(), Blocked::default(), client(ADDRESS));
    let limiter = Limiter::new(blocked.clone());
    let limits = RateLimit { block_duration: Some(600), ..limits(1, 0, 0) };
    assert!(limiter.admit(&store, "pay", &client, &limits).await.unwrap().is_admitted());
    let over = limiter.admit(&store, "pay", &client, &limits).await.unwrap();
    let Verdict::Over { retry_after, block: Some(block), .. } = over else { panic!("{over:?}") };
    assert_eq!((&*block.client, &*block.by, block.left), (ADDRESS, "limit", Duration::from_secs(600)));
    assert_eq!((&*block.reason, retry_after), ("more than 1 requests a minute at endpoint pay", block.left));
    assert!(blocked.until(&client, Instant::now()) > Some(Duration::from_secs(590)), "known here at once");

    tokio::time::sleep(Duration::from_millis(5)).await;
    let again = limiter.admit(&store, "pay", &client, &limits).await.unwrap();
    assert!(matches!(again, Verdict::Over { block: None, .. }), "one that was under way: {again:?}");
    let shorter = RateLimit { block_duration: Some(10), ..limits };
    let again = limiter.admit(&store, "pay", &client, &shorter).await.unwrap();
    let Verdict::Over { retry_after, block: None, .. } = again else { panic!("{again:?}") };
    assert!(retry_after > Duration::from_secs(590), "the longer block stands: {retry_after:?}");
    assert_eq!(Blocked::list(&store, 10).await.unwrap().0[0].until, block.until);
}

#[tokio::test]
async fn whoever_is_exempt_is_refused_but_not_blocked() {
    let redis = Redis::start().await;
    let (store, limiter) = (redis.store(), Limiter::new(Blocked::default()));
    let client = client(ADDRESS).exempt_in(&["203.0.113.0/24".parse().unwrap()]);
    let limits = RateLimit { block_duration: Some(600), ..limits(1, 0, 0) };
    limiter.admit(&store, "a", &client, &limits).await.unwrap();
    let over = limiter.admit(&store, "a", &client, &limits).await.unwrap();
    let Verdict::Over { retry_after, block: None, .. } = over else { panic!("{over:?}") };
    assert!(retry_after <= Duration::from_secs(60));
    assert_eq!(Blocked::list(&store, 10).await.unwrap(), (vec![], 0));
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_refuse_until_it_caught_up() {
    let redis = Redis::start().await;
    let (store, limiter, client) = (redis.store(), Limiter::new(Blocked::default()), client(ADDRESS));
    let key = || store.keys().limit("a", ADDRESS);
    let ahead = "local ahead = redis.call('TIME')[1] * 1000 + 1800000 \
                 redis.call('RPUSH', KEYS[1], ahead) return redis.call('RPUSH', KEYS[1] .. ':minute', ahead)";
    lua::<u64>(&store, ahead, key()).await;
    let verdict = limiter.admit(&store, "a", &client, &limits(1, 0, 0)).await.unwrap();
    assert!(verdict.is_admitted(), "{verdict:?}");
    assert_eq!(log(&store, "a").await.len(), 1);

    let skewed = "local t = redis.call('TIME') local ahead = t[1] * 1000 + math.floor(t[2] / 1000) + 900 \
                  redis.call('RPUSH', KEYS[1], ahead) return redis.call('RPUSH', KEYS[1] .. ':minute', ahead)";
    lua::<u64>(&store, skewed, key()).await;
    let verdict = limiter.admit(&store, "a", &client, &limits(1, 0, 0)).await.unwrap();
    assert!(!verdict.is_admitted(), "a little ahead still counts: {verdict:?}");
}

#[tokio::test]
async fn the_logs_stay_within_their_bounds_and_go_away() {
    let redis = Redis::start().await;
    let (store, client) = (redis.store(), client(ADDRESS));
    let key = || store.keys().limit("a", ADDRESS);
    let old = "for i = 1, 12000 do redis.call('RPUSH', KEYS[1], i) end return redis.call('LLEN', KEYS[1])";
    assert_eq!(lua::<u64>(&store, old, key()).await, 12_000);
    let limiter = Limiter::new(Blocked::default());
    assert!(limiter.admit(&store, "a", &client, &limits(5, 0, 0)).await.unwrap().is_admitted());
    assert_eq!(log(&store, "a").await.len(), 1, "all others were too old");

    let young = "local t = redis.call('TIME')[1] * 1000 redis.call('DEL', KEYS[1]) \
                 for i = 1, 12000 do redis.call('RPUSH', KEYS[1], t - 12000 + i) end return 1";
    lua::<u64>(&store, young, key()).await;
    assert!(limiter.admit(&store, "a", &client, &limits(5, 0, 0)).await.unwrap().is_admitted());
    assert_eq!(log(&store, "a").await.len(), 10_000);

    assert!(short([5, 20, 60]).admit(&store, "b", &client, &limits(5, 9, 2)).await.unwrap().is_admitted());
    let left = "return #redis.call('KEYS', '*limit*:b*')";
    assert_ne!(lua::<u64>(&store, left, key()).await, 0);
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(lua::<u64>(&store, left, key()).await, 0);
}

#[tokio::test]
async fn a_limit_of_an_hour_above_the_bound_holds_too() {
    let redis = Redis::start().await;
    let (store, limiter, client) = (redis.store(), Limiter::new(Blocked::default()), client(ADDRESS));
    let young = "local t = redis.call('TIME')[1] * 1000 \
                 for i = 1, 10999 do redis.call('RPUSH', KEYS[1], t - 12000 + i) end return 1";
    lua::<u64>(&store, young, store.keys().limit("a", ADDRESS)).await;
    assert!(limiter.admit(&store, "a", &client, &limits(0, 11_000, 0)).await.unwrap().is_admitted());
    assert!(!limiter.admit(&store, "a", &client, &limits(0, 11_000, 0)).await.unwrap().is_admitted());
}

#[tokio::test]
async fn an_entry_as_old_as_the_window_no_longer_counts() {
    let redis = Redis::start().await;
    let store = redis.store();
    let line = concat!(
        include_str!("../lua/log.lua"),
        "\nlocal found = {}",
        "\nfor since = 0, 10 do",
        "\n  redis.call('DEL', KEYS[1]) for i = 1, 10 do redis.call('RPUSH', KEYS[1], i) end",
        "\n  local count, first = younger(KEYS[1], since)",
        "\n  local left = prune(KEYS[1], since)",
        "\n  found[since + 1] = { count, first, left, redis.call('LLEN', KEYS[1]), at(KEYS[1], 0) or 0 }",
        "\nend return found",
    );
    let found: Vec<[u64; 5]> = lua(&store, line, store.keys().limit("a", ADDRESS)).await;
    for (since, found) in (0..).zip(found) {
        let oldest = if since == 10 { 0 } else { since + 1 };
        assert_eq!(found, [10 - since, since, 10 - since, 10 - since, oldest], "since {since}");
    }
}

#[tokio::test]
async fn those_who_come_together_are_admitted_in_turn_and_one_tells_of_the_block() {
    let redis = Redis::start().await;
    let (store, limiter, client) = (redis.store(), Limiter::new(Blocked::default()), client(ADDRESS));
    let limits = RateLimit { block_duration: Some(60), ..limits(3, 0, 0) };
    let asked = (0..6).map(|_| limiter.admit(&store, "a", &client, &limits));
    let verdicts = try_join_all(asked).await.unwrap();
    let left = verdicts.iter().filter(|verdict| verdict.is_admitted());
    assert_eq!(left.map(|verdict| verdict.standing().0[0].remaining).collect::<Vec<_>>(), [2, 1, 0]);
    let told = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Over { block: Some(_), .. }));
    assert_eq!(told.count(), 1);
    assert_eq!(log(&store, "a").await.len(), 3);
}
