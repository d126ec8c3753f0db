//! The moves in random order by three consumers that die and lose their leases, against a model.

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use crate::play::{Play, Way};
use crate::steps::{Step, some_steps};
use crate::yard::Yard;

/// The same cases each time, unless another seed is given as `PROPTEST_RNG_SEED`.
const SEED: u64 = 20_260_101;

fn play_cases(cases: u32, way: Way) -> Result<(), TestError<Vec<Step>>> {
    let given = Config::default();
    let rng_seed = match given.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        seed => seed,
    };
    let config = Config { cases, rng_seed, failure_persistence: None, max_shrink_iters: 200, ..given };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Kept, so that its server is not started anew for each case.
    let _open = runtime.block_on(Yard::new());
    TestRunner::new(config).run(&some_steps(), |steps| {
        let verdict = runtime.block_on(async {
            let yard = Yard::new().await;
            Play::new(&yard, way).play(&steps).await
        });
        verdict.map_err(TestCaseError::fail)
    })
}

#[test]
fn in_any_order_an_event_is_always_in_exactly_one_place() {
    if let Err(error) = play_cases(60, Way::Ours) {
        panic!("{error}");
    }
}

/// The control: were it not seen, the test above could not see anything either.
#[test]
fn to_acknowledge_before_adding_is_seen_to_lose_an_event() {
    let Err(TestError::Fail(reason, steps)) = play_cases(60, Way::Naive) else {
        panic!("a move that loses events when its process dies passed as sound");
    };
    assert!(reason.message().contains("is lost"), "{reason}");
    // No more than it takes: publish, read, route, claim, die.
    assert!(steps.len() <= 8, "{steps:?}");
    assert!(matches!(steps.last(), Some(Step::DieInRetry { executed: false, .. })), "{steps:?}");
}
