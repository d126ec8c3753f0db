//! `retry` → `jobs:*`.

use std::collections::BTreeSet;
use std::time::Duration;

use event::{Job, Millis, Priority};
use stream::Carried;
use tokio::task::JoinHandle;

use crate::census::Census;
use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{Yard, failed};

/// Jobs that wait, due after `delay`.
async fn waiting(yard: &Yard, count: usize, priority: Priority, delay: Duration) {
    let worker = yard.worker();
    for n in 0..count {
        let event = an_event(&format!("{priority} {n} {delay:?}"));
        let (delivery, job) = yard.claimed(&worker, &event, &a_plan("r", priority)).await;
        delivery.retry(&job, &failed(Millis(1), ERROR), delay).await.unwrap();
    }
}

/// Many more, without making each by the moves.
async fn many_waiting(yard: &Yard, count: usize) {
    waiting(yard, 1, Priority::Normal, Duration::ZERO).await;
    let (_, fields) = yard.entries(&yard.keys().retry()).await.remove(0);
    let all: Vec<usize> = (1..count).collect();
    for some in all.chunks(1000) {
        let mut together = redis::pipe();
        for n in some {
            let add = together.cmd("XADD").arg(yard.keys().retry()).arg(format!("9{n:015}-1"));
            for (name, value) in fields.iter() {
                add.arg(name).arg(value);
            }
            together.cmd("ZADD").arg(yard.keys().retry_due()).arg(*n).arg(format!("9{n:015}-1"));
        }
        let () = together.ignore().query_async(&mut yard.store.commands()).await.unwrap();
    }
}

/// So many at once, until nothing waits any more. Each tells how many it has moved.
fn promoters(yard: &Yard, count: usize) -> Vec<JoinHandle<usize>> {
    let promote = |_| {
        let store = yard.another_store();
        tokio::spawn(async move {
            let mut moved = 0;
            loop {
                match store.promote().await.unwrap() {
                    (0, None) => return moved,
                    (more, _) => moved += more,
                }
            }
        })
    };
    (0..count).map(promote).collect()
}

#[tokio::test]
async fn only_what_is_due_moves_and_the_wait_for_the_next_is_told() {
    let yard = Yard::new().await;
    waiting(&yard, 1, Priority::Critical, Duration::ZERO).await;
    waiting(&yard, 1, Priority::Low, Duration::ZERO).await;
    waiting(&yard, 1, Priority::High, Duration::from_secs(60)).await;
    let (moved, next) = yard.store.promote().await.unwrap();
    assert_eq!(moved, 2);
    assert!((Duration::from_secs(30)..=Duration::from_secs(60)).contains(&next.unwrap()), "{next:?}");
    for (priority, jobs) in [(Priority::Critical, 1), (Priority::Low, 1), (Priority::High, 0)] {
        assert_eq!(yard.length(&yard.keys().jobs(priority)).await, jobs, "{priority}");
    }
    assert_eq!(yard.length(&yard.keys().retry()).await, 1);
    assert_eq!(Census::take(&yard).await.faults, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_waits_nothing_moves() {
    let yard = Yard::new().await;
    assert_eq!(yard.store.promote().await.unwrap(), (0, None));
}

#[tokio::test]
async fn a_hundred_move_at_once_at_most() {
    let yard = Yard::new().await;
    many_waiting(&yard, 150).await;
    assert_eq!(yard.store.promote().await.unwrap(), (100, Some(Duration::ZERO)));
    assert_eq!(yard.store.promote().await.unwrap(), (50, None));
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Normal)).await, 150);
}

/// After an outage of a handler everything may be due in the same moment.
#[tokio::test]
async fn a_hundred_thousand_that_are_due_at_once_hold_nobody_up() {
    const JOBS: usize = 100_000;
    // In microseconds. One call takes about a millisecond and a half, on a machine that has other work some dozens.
    const LONGEST: &str = "300000";
    let yard = Yard::alone().await;
    many_waiting(&yard, JOBS).await;
    let _: () = yard.ask(&["CONFIG", "SET", "slowlog-log-slower-than", LONGEST]).await;
    let _: () = yard.ask(&["SLOWLOG", "RESET"]).await;
    let promoters = promoters(&yard, 3);
    // Others come in between all the while.
    let (others, mut published) = (yard.another_store(), 0);
    while promoters.iter().any(|promoter| !promoter.is_finished()) {
        others.publish(&an_event(&format!("meanwhile {published}")), None, false).await.unwrap();
        published += 1;
    }
    let mut moved = 0;
    for promoter in promoters {
        moved += promoter.await.unwrap();
    }
    assert_eq!((moved, yard.length(&yard.keys().jobs(Priority::Normal)).await), (JOBS, JOBS));
    assert_eq!(yard.length(&yard.keys().retry()).await, 0);
    assert!(published > JOBS / 1000, "only {published} events were taken meanwhile");
    let slow: Vec<redis::Value> = yard.ask(&["SLOWLOG", "GET", "10"]).await;
    assert!(slow.is_empty(), "calls longer than {LONGEST} µs: {slow:?}");
}

#[tokio::test]
async fn several_promoters_at_once_move_each_job_once() {
    let yard = Yard::new().await;
    many_waiting(&yard, 450).await;
    let mut moved = 0;
    for promoter in promoters(&yard, 4) {
        moved += promoter.await.unwrap();
    }
    assert_eq!(moved, 450);
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Normal)).await, 450);
    assert_eq!(yard.length(&yard.keys().retry()).await, 0);
}

#[tokio::test]
async fn a_job_of_a_priority_that_does_not_exist_goes_with_the_normal_ones() {
    let yard = Yard::new().await;
    waiting(&yard, 1, Priority::Low, Duration::ZERO).await;
    let (id, fields) = yard.entries(&yard.keys().retry()).await.remove(0);
    let _: u64 = yard.ask(&["XDEL", &yard.keys().retry(), &id]).await;
    let mut add = redis::cmd("XADD");
    add.arg(yard.keys().retry()).arg("99999999999999-1");
    for (name, value) in fields.iter().filter(|(name, _)| *name != b"priority") {
        add.arg(name).arg(value);
    }
    add.exec_async(&mut yard.store.commands()).await.unwrap();
    let _: u64 = yard.ask(&["ZADD", &yard.keys().retry_due(), "1", "99999999999999-1"]).await;
    yard.store.promote().await.unwrap();
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Normal)).await, 1);
}

#[tokio::test]
async fn what_is_malformed_does_not_hold_up_the_rest() {
    let yard = Yard::new().await;
    waiting(&yard, 3, Priority::Low, Duration::ZERO).await;
    let due = yard.keys().retry_due();
    // No id of an entry; the id of none; a stream that an operator has overwritten with something else.
    let _: u64 = yard.ask(&["ZADD", &due, "1", "not-an-id", "2", "123-4", "3", ""]).await;
    waiting(&yard, 1, Priority::Critical, Duration::ZERO).await;
    let critical = yard.keys().jobs(Priority::Critical);
    let _: () = yard.ask(&["SET", &critical, "not a stream"]).await;
    yard.store.promote().await.unwrap();
    let low = yard.entries(&yard.keys().jobs(Priority::Low)).await;
    let moved: BTreeSet<_> =
        low.into_iter().map(|(_, fields)| Job::from_fields(fields).unwrap().id).collect();
    assert_eq!(moved.len(), 3);
    // What can't be moved now stays, to be tried again; what never can is forgotten.
    assert_eq!(yard.length(&yard.keys().retry()).await, 1);
    let left: Vec<String> = yard.ask(&["ZRANGE", &due, "0", "-1"]).await;
    assert_eq!(left, [yard.entries(&yard.keys().retry()).await[0].0.clone()]);
}
