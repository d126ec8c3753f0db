use super::*;
use crate::testing::{Redis, client, eventually, lua};

const ADDRESS: &str = "203.0.113.9";
const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

fn is_blocked(view: &Blocked, address: &str) -> bool {
    view.until(&client(address), Instant::now()).is_some()
}

#[tokio::test]
async fn a_block_is_in_force_on_all_replicas_within_a_second_and_lifted_as_soon() {
    let redis = Redis::start().await;
    let views = [Blocked::default(), Blocked::default()];
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let followers: Vec<_> = views
        .iter()
        .map(|view| {
            let (view, store, mut stopped) = (view.clone(), redis.store(), stopped.clone());
            tokio::spawn(async move {
                view.follow(&store, async { _ = stopped.wait_for(|stop| *stop).await }).await;
            })
        })
        .collect();
    let store = redis.store();
    // Both have read at least once.
    views[0].add(&store, &client("198.51.100.1"), HOUR, ("", "")).await.unwrap();
    eventually(5 * SECOND, || is_blocked(&views[1], "198.51.100.1")).await;

    views[0].add(&store, &client(ADDRESS), HOUR, ("a test", "anna")).await.unwrap();
    assert!(is_blocked(&views[0], ADDRESS), "at once where it was made");
    eventually(SECOND, || is_blocked(&views[1], ADDRESS)).await;
    assert!(!is_blocked(&views[1], "203.0.113.10"));

    assert!(views[1].remove(&store, &client(ADDRESS)).await.unwrap());
    assert!(!is_blocked(&views[1], ADDRESS), "at once where it was lifted");
    eventually(SECOND, || !is_blocked(&views[0], ADDRESS)).await;
    stop.send(true).unwrap();
    for follower in followers {
        tokio::time::timeout(SECOND, follower).await.expect("it stops when asked").unwrap();
    }
}

#[tokio::test]
async fn blocks_are_listed_with_why_and_the_longest_first() {
    let redis = Redis::start().await;
    let (store, view) = (redis.store(), Blocked::default());
    view.add(&store, &client(ADDRESS), HOUR, ("bad \"manners\"", "anna")).await.unwrap();
    let longer = view.add(&store, &client("2001:db8:1:2:3::4"), 2 * HOUR, ("worse", "ben")).await.unwrap();
    let (blocks, all) = Blocked::list(&store, 10).await.unwrap();
    assert_eq!(all, 2);
    let told: Vec<_> = blocks.iter().map(|block| (&*block.client, &*block.reason, &*block.by)).collect();
    assert_eq!(told, [("2001:db8:1:2::/64", "worse", "ben"), (ADDRESS, "bad \"manners\"", "anna")]);
    assert_eq!((longer.left, longer.until.since(longer.since)), (2 * HOUR, 2 * HOUR));
    assert!(blocks[1].left <= HOUR && blocks[1].left > HOUR - 5 * SECOND, "{:?}", blocks[1].left);
    assert_eq!(Blocked::list(&store, 1).await.unwrap().0.len(), 1);
    assert!(is_blocked(&view, "2001:db8:1:2:ffff::1"), "the whole network");
    assert!(!is_blocked(&view, "2001:db8:1:3::1"));
}

#[tokio::test]
async fn a_shorter_block_does_not_replace_a_longer_one() {
    let redis = Redis::start().await;
    let (store, view) = (redis.store(), Blocked::default());
    let first = view.add(&store, &client(ADDRESS), HOUR, ("first", "anna")).await.unwrap();
    let second = view.add(&store, &client(ADDRESS), SECOND, ("second", "ben")).await.unwrap();
    assert_eq!((&*second.reason, second.until), ("first", first.until));
    assert!(view.until(&client(ADDRESS), Instant::now()) > Some(HOUR - 5 * SECOND));
    let third = view.add(&store, &client(ADDRESS), 2 * HOUR, ("third", "ben")).await.unwrap();
    assert_eq!((&*third.reason, third.left), ("third", 2 * HOUR));
}

#[tokio::test]
async fn a_block_ends_by_itself_and_leaves_nothing() {
    let redis = Redis::start().await;
    let (store, view, other) = (redis.store(), Blocked::default(), Blocked::default());
    view.add(&store, &client(ADDRESS), Duration::from_millis(500), ("brief", "anna")).await.unwrap();
    other.refresh(&store).await.unwrap();
    assert!(is_blocked(&other, ADDRESS));
    eventually(2 * SECOND, || !is_blocked(&view, ADDRESS) && !is_blocked(&other, ADDRESS)).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    other.refresh(&store).await.unwrap();
    assert_eq!(other.read().ends.len(), 0);
    assert!(!view.remove(&store, &client(ADDRESS)).await.unwrap());
    assert_eq!(lua::<usize>(&store, "return redis.call('ZCARD', KEYS[1])", store.keys().blocked()).await, 0);
    let why =
        lua::<Vec<String>>(&store, "return redis.call('HKEYS', KEYS[1])", store.keys().block_reasons()).await;
    assert_eq!(why, ["*"]);
}

#[tokio::test]
async fn blocks_known_so_far_stay_while_redis_is_away() {
    let redis = Redis::start().await;
    let (store, view) = (redis.store(), Blocked::default());
    view.add(&store, &client(ADDRESS), HOUR, ("", "")).await.unwrap();
    drop(redis);
    assert!(view.refresh(&store).await.is_err());
    assert!(is_blocked(&view, ADDRESS));
}

#[tokio::test]
async fn so_many_blocks_at_once_stay_within_the_bound() {
    let redis = Redis::start().await;
    let (store, view) = (redis.store(), Blocked::default());
    let full = "for i = 1, 20000 do redis.call('ZADD', KEYS[1], 4e12 + i, '10.' .. math.floor(i / 65536) .. '.' .. \
                math.floor(i / 256) % 256 .. '.' .. i % 256) end return redis.call('ZCARD', KEYS[1])";
    assert_eq!(lua::<usize>(&store, full, store.keys().blocked()).await, 20_000);
    view.add(&store, &client(ADDRESS), LONGEST, ("", "")).await.unwrap();
    assert_eq!(
        lua::<usize>(&store, "return redis.call('ZCARD', KEYS[1])", store.keys().blocked()).await,
        20_000
    );
    view.refresh(&store).await.unwrap();
    assert_eq!(view.count(Instant::now()), 20_000);
    assert!(is_blocked(&view, "10.0.1.0"));
}

#[test]
fn what_was_read_before_a_change_does_not_undo_it() {
    let view = Blocked::default();
    let now = Instant::now();
    view.write().begin();
    view.insert(&client(ADDRESS), HOUR);
    view.write().change(client("203.0.113.10").network(), None);
    let old = HashMap::from([(client("203.0.113.10").network(), now + HOUR)]);
    view.write().replace("1".to_owned(), Some(old), now);
    assert!(is_blocked(&view, ADDRESS));
    assert!(!is_blocked(&view, "203.0.113.10"));
}

#[test]
fn an_exempt_address_of_a_blocked_network_is_let_in() {
    let view = Blocked::default();
    view.insert(&client("2001:db8::1"), HOUR);
    let exempt = client("2001:db8::2").exempt_in(&["2001:db8::2/128".parse().unwrap()]);
    assert!(is_blocked(&view, "2001:db8::3"));
    assert_eq!(view.until(&exempt, Instant::now()), None);
}
