use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stream::Store;

use super::*;
use crate::testing::{Redis, client, lua};

const ADDRESS: &str = "203.0.113.9";

fn limits(minute: u32, hour: u32, burst: u32) -> RateLimit {
    let set = |n| Some(n).filter(|n| *n > 0);
    RateLimit {
        requests_per_minute: set(minute),
        requests_per_hour: set(hour),
        burst_limit: set(burst),
        block_duration: None,
    }
}

/// Its second, minute and hour are so many milliseconds.
fn short(ms: [u64; 3]) -> Limiter {
    Limiter { lengths: ms.map(Duration::from_millis), ..Limiter::new(Blocked::default()) }
}

fn counted(endpoint: &str) -> Counted<'_> {
    Counted { endpoint, who: ADDRESS }
}

async fn log(store: &Store, endpoint: &str) -> Vec<u64> {
    let key = store.keys().limit(endpoint, ADDRESS);
    lua(store, "return redis.call('LRANGE', KEYS[1], 0, -1)", key).await
}

/// The plainest limiter there can be: it keeps everything and looks at all of it.
#[derive(Default)]
struct Model(Vec<u64>);

impl Model {
    /// What the script must answer at `now`.
    fn admit(&mut self, now: u64, windows: &[(u64, u64)]) -> Vec<u64> {
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
        let mut answer = vec![u64::from(wait > 0), wait];
        for (window, _) in windows {
            let times: Vec<u64> = self.0.iter().copied().filter(|t| t + window > now).collect();
            answer.extend([times.len() as u64, times.first().map_or(*window, |first| first + window - now)]);
        }
        answer
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
    let (limiter, client, windows) = (short(LENGTHS), client(ADDRESS), windows(limits));
    let plain: Vec<(u64, u64)> =
        LENGTHS.into_iter().zip(windows.iter().map(|(_, n)| u64::from(*n))).collect();
    let mut model = Model::default();
    for gap in gaps {
        tokio::time::sleep(Duration::from_millis(*gap)).await;
        let answer =
            limiter.ask(store, counted(endpoint), (&client, Duration::ZERO), &windows).await.unwrap();
        let (over, wait, now) = (answer[0].min(1), answer[1], answer[3]);
        let mut short_answer = vec![over, wait];
        short_answer.extend(&answer[4..]);
        let mut waited = Model(model.0.clone());
        assert_eq!(short_answer, model.admit(now, &plain), "at {now} with {plain:?} after {:?}", waited.0);
        if wait > 0 {
            assert_eq!(waited.admit(now + wait, &plain)[0], 0, "waiting {wait} ms is enough");
            assert_eq!(
                Model(waited.0[..waited.0.len() - 1].to_vec()).admit(now + wait - 1, &plain)[0],
                1,
                "and needed"
            );
        }
    }
}
