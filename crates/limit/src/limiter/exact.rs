//! The limiter against the plainest one there can be, and against itself on three replicas.

use proptest::test_runner::{Config, TestRunner};

use super::tests::{ADDRESS, asked, limits, log, short};
use super::*;
use crate::testing::{Redis, client};

/// The plainest limiter there can be: it keeps everything and looks at all of it.
#[derive(Default)]
struct Model(Vec<u64>);

/// For how long a request must wait, 0 if it is admitted, and what [`Answer::windows`] says. In ms.
type Judged = (u64, Vec<(u64, u64)>);

impl Model {
    /// What the script must answer at `now`.
    fn admit(&mut self, now: u64, windows: &[(u64, u64)]) -> Judged {
        let younger =
            |window: u64| -> Vec<u64> { self.0.iter().copied().filter(|t| t + window > now).collect() };
        let frees = |(window, limit): (u64, u64)| {
            let times = younger(window);
            (times.len() as u64 >= limit).then(|| times[times.len() - limit as usize] + window - now)
        };
        let wait = windows.iter().filter_map(|one| frees(*one)).max().unwrap_or(0);
        if wait == 0 {
            self.0.push(now);
        }
        let of_window = |(window, _): &(u64, u64)| {
            let times: Vec<u64> = self.0.iter().copied().filter(|t| t + window > now).collect();
            (times.len() as u64, times.first().map_or(*window, |first| first + window - now))
        };
        (wait, windows.iter().map(of_window).collect())
    }
}

fn assert_never_over(times: &[u64], window: u64, limit: usize) {
    for span in times.windows(limit + 1) {
        assert!(span[limit] - span[0] >= window, "{} requests within {window} ms", limit + 1);
    }
}

#[test]
fn it_decides_as_a_plain_log_does_and_the_wait_is_enough() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (redis, store) = runtime.block_on(async {
        let redis = Redis::start().await;
        let store = redis.store();
        (redis, store)
    });
    let arrivals = proptest::collection::vec(0u64..12, 20..60);
    let strategy = (1u32..6, 1u32..12, 1u32..25, arrivals);
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let case = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&strategy, |(burst, minute, hour, gaps)| {
            case.set(case.get() + 1);
            let endpoint = format!("case{}", case.get());
            runtime.block_on(replay(&store, &endpoint, &limits(minute, hour, burst), &gaps));
            Ok(())
        })
        .unwrap();
    drop(redis);
}

async fn replay(store: &Store, endpoint: &str, limits: &RateLimit, gaps: &[u64]) {
    const LENGTHS: [u64; 3] = [15, 60, 200];
    let (limiter, windows) = (short(LENGTHS), windows(limits));
    let plain: Vec<(u64, u64)> =
        LENGTHS.into_iter().zip(windows.iter().map(|(_, n)| u64::from(*n))).collect();
    let mut model = Model::default();
    for gap in gaps {
        tokio::time::sleep(Duration::from_millis(*gap)).await;
        let answer = limiter.ask(store, &asked(endpoint, limits), 1, 0).await.unwrap();
        let (wait, now) = (millis(answer.wait), answer.now.0);
        assert_eq!((answer.over > 0, answer.admitted), (wait > 0, u64::from(wait == 0)));
        let judged = (wait, answer.windows.iter().map(|(used, leaves)| (*used, millis(*leaves))).collect());
        let mut waited = Model(model.0.clone());
        assert_eq!(judged, model.admit(now, &plain), "at {now} with {plain:?} after {:?}", waited.0);
        if wait > 0 {
            assert_eq!(waited.admit(now + wait, &plain).0, 0, "waiting {wait} ms is enough");
            let mut sooner = Model(waited.0[..waited.0.len() - 1].to_vec());
            assert!(sooner.admit(now + wait - 1, &plain).0 > 0, "and needed");
        }
    }
}

/// What one replica was told: at which time, and whether it was admitted.
async fn hammer(store: Store, endpoint: &'static str, limits: RateLimit, ms: [u64; 3]) -> Vec<(u64, bool)> {
    let (limiter, mut told) = (short(ms), Vec::new());
    let start = tokio::time::Instant::now();
    while start.elapsed() < Duration::from_millis(900) || told.len() < 200 {
        let count = [1, 2, 3][told.len() % 3];
        let answer = limiter.ask(&store, &asked(endpoint, &limits), count, 0).await.unwrap();
        told.extend((0..u64::from(count)).map(|turn| (answer.now.0, turn < answer.admitted)));
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn three_replicas_at_once_admit_exactly_the_limit() {
    const LENGTHS: [u64; 3] = [20, 150, 500];
    let redis = Redis::start().await;
    let limits = limits(30, 70, 7);
    let replicas: Vec<_> =
        (0..3).map(|_| tokio::spawn(hammer(redis.store(), "payments", limits, LENGTHS))).collect();
    let limits = windows(&limits);
    let mut told = Vec::new();
    for replica in replicas {
        told.extend(replica.await.unwrap());
    }
    let log = log(&redis.store(), "payments").await;
    let mut admitted: Vec<u64> = told.iter().filter(|(_, admitted)| *admitted).map(|(at, _)| *at).collect();
    admitted.sort_unstable();
    assert!(admitted.len() >= 70 && told.len() > admitted.len() + 50, "{} of {}", admitted.len(), told.len());
    assert!(admitted.ends_with(&log), "a refused request was counted");
    for ((_, limit), length) in limits.iter().zip(LENGTHS) {
        assert_never_over(&admitted, length, *limit as usize);
    }
    for (at, _) in told.iter().filter(|(_, admitted)| !admitted) {
        let used = |length: u64| admitted.iter().filter(|t| **t <= *at && **t + length > *at).count();
        let over = limits.iter().zip(LENGTHS).any(|((_, limit), length)| used(length) >= *limit as usize);
        assert!(over, "refused at {at} though no limit was reached");
    }
}

#[tokio::test]
async fn whoever_waits_as_told_is_admitted() {
    let redis = Redis::start().await;
    let (store, limiter, client) = (redis.store(), short([20, 60, 400]), client(ADDRESS));
    let (limits, mut refused) = (limits(3, 5, 2), 0);
    for _ in 0..200 {
        if let Verdict::Over { retry_after, .. } = limiter.admit(&store, "a", &client, &limits).await.unwrap()
        {
            refused += 1;
            tokio::time::sleep(retry_after).await;
            assert!(limiter.admit(&store, "a", &client, &limits).await.unwrap().is_admitted());
        }
        if refused == 4 {
            return;
        }
    }
    panic!("refused only {refused} times");
}

#[tokio::test]
async fn a_limit_that_was_lowered_holds_at_once_and_the_wait_is_enough() {
    let redis = Redis::start().await;
    let (store, limiter, client) = (redis.store(), short([20, 2000, 9000]), client(ADDRESS));
    for _ in 0..5 {
        assert!(limiter.admit(&store, "a", &client, &limits(5, 0, 0)).await.unwrap().is_admitted());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let verdict = limiter.admit(&store, "a", &client, &limits(2, 0, 0)).await.unwrap();
    let Verdict::Over { retry_after, standing, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!(standing.0[0].remaining, 0);
    tokio::time::sleep(retry_after).await;
    assert!(limiter.admit(&store, "a", &client, &limits(2, 0, 0)).await.unwrap().is_admitted());
}

/// When a request was sent, and when it was let in.
type Admission = (Instant, Instant);

/// Sends through a replica of its own, 32 at a time, until `enough` is said of the refused in a row.
async fn flood(
    limiter: Limiter,
    store: Store,
    limits: RateLimit,
    enough: impl Fn(Option<Instant>) -> bool,
) -> Vec<Admission> {
    let (client, mut admitted, mut refused) = (client(ADDRESS), Vec::new(), None);
    while !enough(refused) {
        let each = futures_util::future::join_all((0..32).map(async |_| {
            let before = Instant::now();
            let verdict = limiter.admit(&store, "payments", &client, &limits).await.unwrap();
            verdict.is_admitted().then(|| (before, Instant::now()))
        }));
        let each: Vec<Admission> = each.await.into_iter().flatten().collect();
        refused = if each.is_empty() { refused.or_else(|| Some(Instant::now())) } else { None };
        admitted.extend(each);
    }
    admitted
}

/// Questions that Redis was asked.
async fn questions(store: &Store) -> u64 {
    let stats: String =
        redis::cmd("INFO").arg("commandstats").query_async(&mut store.commands()).await.unwrap();
    let calls = stats.split("cmdstat_fcall:calls=").nth(1).and_then(|rest| rest.split(',').next());
    calls.map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn with_leases_three_replicas_admit_the_limit_and_no_more() {
    const LIMIT: u32 = 6000;
    let (redis, limits) = (Redis::start().await, limits(LIMIT, 0, 0));
    let enough = |refused: Option<Instant>| refused.is_some_and(|since| since.elapsed() > lease::LENGTH * 5);
    let floods =
        (0..3).map(|_| tokio::spawn(flood(Limiter::new(Blocked::default()), redis.store(), limits, enough)));
    let mut admitted = 0;
    for flood in floods.collect::<Vec<_>>() {
        admitted += flood.await.unwrap().len();
    }
    assert_eq!(admitted, LIMIT as usize);
    let log = log(&redis.store(), "payments").await;
    assert_eq!(log.len(), LIMIT as usize);
    assert!(log.is_sorted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_span_holds_more_than_the_limit_though_a_lease_is_used_after_it_was_given() {
    const LIMIT: usize = 3000;
    const WINDOW: u64 = 300;
    let (redis, limits) = (Redis::start().await, limits(u32::try_from(LIMIT).unwrap(), 0, 0));
    let start = Instant::now();
    let enough = move |_| start.elapsed() > Duration::from_millis(4 * WINDOW);
    let floods = (0..3)
        .map(|_| tokio::spawn(flood(short([WINDOW, WINDOW, 10 * WINDOW]), redis.store(), limits, enough)));
    let mut admitted = Vec::new();
    for flood in floods.collect::<Vec<_>>() {
        admitted.extend(flood.await.unwrap());
    }
    admitted.sort_unstable_by_key(|(_, after)| *after);
    assert!(admitted.len() > LIMIT, "only {}: the window never mattered", admitted.len());
    for span in admitted.windows(LIMIT + 1) {
        let first = span.iter().map(|(before, _)| *before).min().unwrap();
        let took = span[LIMIT].1 - first;
        // Redis counts in whole milliseconds.
        assert!(took >= Duration::from_millis(WINDOW - 1), "{} requests within {took:?}", LIMIT + 1);
    }
}

#[tokio::test]
async fn far_from_a_limit_one_question_stands_for_many_and_near_it_none_does() {
    let redis = Redis::start().await;
    let (store, client) = (redis.store(), client(ADDRESS));
    let asked_for = async |limit: u32| {
        let (limiter, limits) = (Limiter::new(Blocked::default()), limits(limit, 0, 0));
        let before = questions(&store).await;
        for _ in 0..20 {
            // Two at once tell of more to come.
            let endpoint = format!("of {limit}");
            let admit = || limiter.admit(&store, &endpoint, &client, &limits);
            let two = tokio::join!(admit(), admit());
            assert!(two.0.unwrap().is_admitted() && two.1.unwrap().is_admitted());
        }
        questions(&store).await - before
    };
    assert!(asked_for(100_000).await < 15);
    assert!(asked_for(1000).await >= 20);
}

#[tokio::test]
async fn whoever_waited_behind_a_question_uses_the_lease_that_its_answer_brought() {
    let redis = Redis::start().await;
    let (store, limits) = (redis.store(), limits(1_000_000, 0, 0));
    let limiter = Limiter::new(Blocked::default());
    let ask = async |count| {
        let asked = vec![asked("payments", &limits); count];
        let verdicts = limiter.ask_all(&store, asked).await.unwrap();
        assert!(verdicts.into_iter().all(|verdict| verdict.unwrap().is_admitted()));
    };
    let begun = Instant::now();
    // Where this machine stood still meanwhile, the lease was over.
    while begun.elapsed() < Duration::from_secs(10) {
        ask(40).await;
        let before = questions(&store).await;
        ask(20).await;
        if questions(&store).await == before {
            return;
        }
    }
    panic!("each asks anew");
}

#[tokio::test]
async fn what_a_lease_was_not_used_for_is_given_back() {
    let redis = Redis::start().await;
    let (store, client, limits) = (redis.store(), client(ADDRESS), limits(100_000, 0, 0));
    let limiter = Limiter::new(Blocked::default());
    let ten = (0..10).map(|_| limiter.admit(&store, "payments", &client, &limits));
    let standings = futures_util::future::join_all(ten).await;
    assert!(standings.into_iter().all(|verdict| verdict.unwrap().is_admitted()));
    let begun = Instant::now();
    while log(&store, "payments").await.len() != 10 {
        assert!(begun.elapsed() < Duration::from_secs(10), "what was leased still counts");
        tokio::task::yield_now().await;
    }
}
