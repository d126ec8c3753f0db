use super::*;
use crate::testing::{Redis, client, eventually, lua};

const ADDRESS: &str = "203.0.113.9";

fn protection(block: Duration) -> Protection {
    Protection {
        bad_signature_weight: 2,
        unknown_endpoint_weight: 1,
        malformed_weight: 1,
        threshold: 6,
        window: Duration::from_secs(60),
        block_duration: block,
        exempt: vec!["127.0.0.0/8".parse().unwrap()],
        ..settings::Settings::default().protection
    }
}

/// A replica with a view of its own.
fn replica() -> (Suspicion, Blocked) {
    let blocked = Blocked::default();
    (Suspicion::new(blocked.clone()), blocked)
}

/// A misdeed that Redis hears of, if it should.
async fn note(
    suspicion: &Suspicion,
    store: &Store,
    by: &Client,
    protection: &Protection,
) -> Result<Option<Block>, StoreError> {
    match suspicion.note(by, Misdeed::BadSignature, protection) {
        Some(points) => suspicion.tell(store, &points, protection).await,
        None => Ok(None),
    }
}

/// Misbehaves until blocked; returns how often that took.
async fn misbehave(suspicion: &Suspicion, store: &Store, protection: &Protection) -> (usize, Block) {
    for count in 1..100 {
        let noted = note(suspicion, store, &client(ADDRESS), protection).await.unwrap();
        if let Some(block) = noted {
            return (count, block);
        }
    }
    panic!("never blocked");
}

#[tokio::test]
async fn whoever_reaches_the_threshold_is_blocked() {
    let redis = Redis::start().await;
    let (store, (suspicion, blocked)) = (redis.store(), replica());
    let protection = protection(Duration::from_secs(300));
    let (count, block) = misbehave(&suspicion, &store, &protection).await;
    assert!((3..=4).contains(&count), "{count}");
    assert_eq!((&*block.client, &*block.by, block.left), (ADDRESS, "suspicion", Duration::from_secs(300)));
    assert_eq!(block.reason, "6 points of suspicion within 60 s, the last for a bad signature");
    assert!(blocked.until(&client(ADDRESS), Instant::now()).is_some());
    assert_eq!(Blocked::list(&store, 9).await.unwrap().0[0].reason, block.reason);
}

#[tokio::test]
async fn replicas_add_up_and_one_wave_makes_one_block() {
    let redis = Redis::start().await;
    let (store, (first, _), (second, view)) = (redis.store(), replica(), replica());
    let protection = protection(Duration::from_secs(300));
    let all = |suspicion: Suspicion| {
        let (store, protection) = (&store, &protection);
        async move { note(&suspicion, store, &client(ADDRESS), protection).await.unwrap() }
    };
    assert_eq!(all(first.clone()).await, None);
    assert_eq!(all(second.clone()).await, None);
    let (third, _) = replica();
    let block = all(third).await.expect("the third misdeed reaches the threshold");
    assert_eq!(view.until(&client(ADDRESS), Instant::now()), None, "it has not heard of it yet");
    for _ in 0..20 {
        assert_eq!(all(second.clone()).await, None, "those under way add nothing");
    }
    assert_eq!(Blocked::list(&store, 9).await.unwrap().0[0].until, block.until);
}

#[tokio::test]
async fn each_block_within_a_day_is_twice_as_long() {
    let redis = Redis::start().await;
    let (store, protection) = (redis.store(), protection(Duration::from_millis(60)));
    for expected in [60, 120, 240] {
        let (suspicion, blocked) = replica();
        let (_, block) = misbehave(&suspicion, &store, &protection).await;
        assert_eq!(block.left, Duration::from_millis(expected));
        eventually(Duration::from_secs(2), || blocked.until(&client(ADDRESS), Instant::now()).is_none())
            .await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn no_block_lasts_longer_than_a_day_and_a_pardon_forgets_the_earlier_ones() {
    let redis = Redis::start().await;
    let (store, protection) = (redis.store(), protection(Duration::from_secs(20 * 3600)));
    let (_, block) = misbehave(&replica().0, &store, &protection).await;
    assert_eq!(block.left, Duration::from_secs(20 * 3600));
    // As if that one had ended.
    lua::<u64>(&store, "return redis.call('DEL', KEYS[1])", store.keys().blocked()).await;
    assert_eq!(misbehave(&replica().0, &store, &protection).await.1.left, DAY);
    let (suspicion, blocked) = replica();
    assert!(blocked.remove(&store, &client(ADDRESS)).await.unwrap());
    assert_eq!(misbehave(&suspicion, &store, &protection).await.1.left, Duration::from_secs(20 * 3600));
}

#[tokio::test]
async fn points_are_forgotten_after_the_window() {
    let redis = Redis::start().await;
    let store = redis.store();
    let protection =
        Protection { window: Duration::from_millis(100), ..protection(Duration::from_secs(300)) };
    // Two misdeeds are within one window, never three.
    for _ in 0..8 {
        let (suspicion, _) = replica();
        let noted = note(&suspicion, &store, &client(ADDRESS), &protection).await;
        assert_eq!(noted.unwrap(), None);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

#[tokio::test]
async fn blocks_that_ended_a_day_ago_are_forgotten() {
    let redis = Redis::start().await;
    let (store, protection) = (redis.store(), protection(Duration::from_secs(300)));
    for (ended, expected) in [("86390", 1200), ("86410", 300)] {
        let past = "local now = redis.call('TIME')[1] * 1000 redis.call('DEL', KEYS[2]) \
                    return redis.call('HSET', KEYS[1], 'times', 2, 'ended', now - tonumber(ARGV[1]) * 1000)";
        let script = redis::Script::new(past);
        let mut call = script.key(store.keys().suspicion(ADDRESS));
        let _: u64 =
            call.key(store.keys().blocked()).arg(ended).invoke_async(&mut store.commands()).await.unwrap();
        let (_, block) = misbehave(&replica().0, &store, &protection).await;
        assert_eq!(block.left, Duration::from_secs(expected), "{ended} s after the end of the last");
    }
}

#[test]
fn whoever_is_exempt_is_never_blocked() {
    let (suspicion, protection) = (replica().0, protection(Duration::from_secs(300)));
    let proxy = "10.0.0.1".parse().unwrap();
    let proxy = Client::of(proxy, |_| Vec::new(), &["10.0.0.0/8".parse().unwrap()]);
    for spared in [client("127.0.0.1"), client("::ffff:127.0.0.9"), proxy] {
        for _ in 0..50 {
            assert_eq!(suspicion.note(&spared, Misdeed::BadSignature, &protection), None);
        }
    }
    let nobody = Protection { threshold: 0, ..protection };
    assert_eq!(suspicion.note(&client(ADDRESS), Misdeed::BadSignature, &nobody), None);
}

#[test]
fn a_flood_of_misdeeds_becomes_few_commands_and_no_point_is_lost() {
    let (suspicion, _) = replica();
    let protection = Protection { threshold: 1_000_000, ..protection(Duration::from_secs(300)) };
    let start = Instant::now();
    let (mut told, mut due) = (Vec::new(), None);
    for n in 0..100_000 {
        let now = start + Duration::from_micros(10 * n);
        if due.is_some_and(|due| due <= now) {
            told.push(suspicion.held_back(&client(ADDRESS), now));
            due = None;
        }
        match suspicion.weigh(&client(ADDRESS), 2, &protection, now) {
            Some(When::Now(points)) => told.push(points),
            Some(When::After(wait)) => assert_eq!(due.replace(now + wait), None, "one waits at a time"),
            None => {}
        }
    }
    assert_eq!(told.len(), 10, "one each 100 ms in a second");
    told.push(suspicion.held_back(&client(ADDRESS), due.expect("the last are held back")));
    assert_eq!(told.iter().sum::<u64>(), 200_000);
}

#[tokio::test]
async fn points_that_were_held_back_are_told_though_no_more_follow() {
    let redis = Redis::start().await;
    let (store, (suspicion, blocked)) = (redis.store(), replica());
    let protection = protection(Duration::from_secs(300));
    // Redis hears of the first at once; the other two reach the threshold only together with it.
    let noted = (0..3).map(|_| suspicion.note(&client(ADDRESS), Misdeed::BadSignature, &protection));
    let noted: Vec<Points> = noted.flatten().collect();
    assert_eq!(noted.len(), 2);
    assert_eq!(suspicion.tell(&store, &noted[0], &protection).await.unwrap(), None);
    assert!(suspicion.tell(&store, &noted[1], &protection).await.unwrap().is_some());
    assert!(blocked.until(&client(ADDRESS), Instant::now()).is_some());
}
