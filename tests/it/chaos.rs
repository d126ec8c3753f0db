//! The short form of `make chaos`: a few thousand events, one fault of each kind at least, and the control.

use std::time::Duration;

use stream::Fsync;
use tests::chaos::{Choice, Plan, run};

const SHORT: Plan = Plan {
    events: 1_600,
    faults: 18,
    seed: 20_260_101,
    fsync: Fsync::Always,
    choice: Choice::All,
    router: "hookstream-router",
    limit: Duration::from_secs(120),
    loud: false,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_faults_of_every_kind_nothing_is_lost_and_every_duplicate_is_explained() {
    let report = run(&SHORT).await;
    assert_eq!(report.wrongs(), Vec::<String>::new(), "\n{report}");
    assert_eq!((report.events, report.faults.all()), (SHORT.events, SHORT.faults as usize), "\n{report}");
}

/// The control: were it not seen, the test above could not see anything either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_router_that_acknowledges_before_it_adds_is_seen_to_lose_events() {
    let plan =
        Plan { events: 3_000, choice: Choice::KilledRouters, router: "examples/naive_router", ..SHORT };
    let report = run(&plan).await;
    assert!(!report.outcome.lost.is_empty(), "\n{report}");
}
