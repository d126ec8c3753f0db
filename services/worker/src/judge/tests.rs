use bytes::Bytes;
use event::{Body, EventId, Headers, JobId, Millis, Plan, Priority, RawEvent};
use proptest::prelude::*;

use super::*;

const POLICY: Policy = Policy { base: Duration::from_secs(1), cap: Duration::from_secs(3600), jitter: 0.0 };

/// A job of which `attempts` attempts have failed, with three retries.
fn job(attempts: u32) -> Job {
    let id = EventId::from_text("evt_1");
    Job {
        id: JobId::new(&id, "route"),
        event: RawEvent {
            id,
            endpoint: "payments".to_owned(),
            source: "stripe".to_owned(),
            event_type: "x".to_owned(),
            received_at: Millis(0),
            headers: Headers::default(),
            body: Body {
                bytes: Bytes::new(),
                content_type: "application/json".to_owned(),
                format: "json".to_owned(),
            },
            trace: String::new(),
            verified_by: String::new(),
            awaited: false,
        },
        plan: Plan {
            route: "route".to_owned(),
            handler: "billing".to_owned(),
            priority: Priority::Normal,
            retry_count: 3,
            timeout: Duration::from_secs(10),
            retry_on: vec![404],
        },
        attempts,
        first_at: None,
        last_error: String::new(),
    }
}

fn answered(status: u16, retry_after: Option<u64>) -> Outcome {
    let retry_after = retry_after.map(Duration::from_secs);
    Outcome::Answered { status, retry_after, excerpt: String::new() }
}

fn failed() -> Outcome {
    Outcome::Failed { why: "no answer within 10 s".to_owned() }
}

/// Seconds until the next attempt.
fn wait(outcome: &Outcome, attempts: u32) -> Option<u64> {
    match judge(outcome, &job(attempts), &POLICY, 0.0) {
        Ruling::Again { after, .. } => Some(after.as_secs()),
        Ruling::Done { .. } | Ruling::Dead { .. } => None,
    }
}

fn reason(outcome: &Outcome, attempts: u32) -> Option<Reason> {
    match judge(outcome, &job(attempts), &POLICY, 0.0) {
        Ruling::Dead { reason, .. } => Some(reason),
        Ruling::Done { .. } | Ruling::Again { .. } => None,
    }
}

#[test]
fn the_nth_retry_waits_two_to_the_n_seconds_until_the_retries_are_used_up() {
    assert_eq!([0, 1, 2, 3].map(|attempts| wait(&failed(), attempts)), [Some(2), Some(4), Some(8), None]);
    assert_eq!(reason(&failed(), 3), Some(Reason::Exhausted));
}

#[test]
fn each_status_is_ruled_as_the_contract_says() {
    for status in [408, 425, 429, 500, 502, 503, 504, 301, 302, 307, 404] {
        assert_eq!(wait(&answered(status, None), 0), Some(2), "{status}");
    }
    for status in [400, 401, 403, 405, 409, 422, 451] {
        assert_eq!(reason(&answered(status, None), 0), Some(Reason::Refused), "{status}");
    }
    assert_eq!(reason(&answered(410, None), 0), Some(Reason::Gone));
}

#[test]
fn retry_after_is_heeded_within_the_cap_and_spends_a_retry() {
    assert_eq!(wait(&answered(429, Some(30)), 0), Some(30));
    assert_eq!(wait(&answered(503, Some(0)), 0), Some(0));
    assert_eq!(wait(&answered(503, Some(1_000_000)), 0), Some(3600));
    assert_eq!(reason(&answered(429, Some(30)), 3), Some(Reason::Exhausted));
}

#[test]
fn what_cannot_get_better_is_dead_at_once() {
    assert_eq!(reason(&Outcome::Unknown, 0), Some(Reason::UnknownHandler));
    assert_eq!(reason(&Outcome::Refused { why: "no".to_owned() }, 0), Some(Reason::Refused));
}

#[test]
fn the_handlers_own_words_reach_the_letter_and_not_the_log() {
    let outcome = Outcome::Answered { status: 500, retry_after: None, excerpt: "secret".to_owned() };
    let Ruling::Again { error, .. } = judge(&outcome, &job(0), &POLICY, 0.0) else { panic!("{outcome:?}") };
    assert_eq!(error.to_string(), "the handler answered 500: secret");
    assert_eq!(error.brief, "the handler answered 500");
}

prop_compose! {
    fn policies()(base in 1_u64..100_000, more in 0_u64..100_000_000, jitter in 0.0..=1.0) -> Policy {
        Policy { base: Duration::from_millis(base), cap: Duration::from_millis(base + more), jitter }
    }
}

proptest! {
    #[test]
    fn a_wait_is_within_its_bounds(policy in policies(), n in 1_u32..100_000, random in 0.0..1.0) {
        let wait = policy.backoff(n, random);
        let least = (policy.base.as_secs_f64() * 2_f64.powi(n as i32)).min(policy.cap.as_secs_f64() / (1.0 + policy.jitter));
        prop_assert!(wait <= policy.cap);
        prop_assert!(wait.as_secs_f64() >= least - 1e-6);
        prop_assert!(wait.as_secs_f64() <= least * (1.0 + policy.jitter) + 1e-6);
    }

    #[test]
    fn without_chance_a_later_retry_never_waits_less(policy in policies(), n in 1_u32..200) {
        prop_assert!(policy.backoff(n, 0.0) <= policy.backoff(n + 1, 0.0));
    }

    #[test]
    fn every_2xx_is_done_and_nothing_else_is(status in 300_u16..600, attempts in 0_u32..10, random in 0.0..1.0) {
        let taken = Outcome::Taken { status: Some(204) };
        prop_assert_eq!(judge(&taken, &job(attempts), &POLICY, random), Ruling::Done { status: Some(204) });
        let ruling = judge(&answered(status, None), &job(attempts), &POLICY, random);
        let done = matches!(ruling, Ruling::Done { .. });
        prop_assert!(!done);
    }

    #[test]
    fn no_job_is_tried_again_once_its_retries_are_used_up(status in 300_u16..600, more in 0_u32..1000) {
        for outcome in [answered(status, Some(1)), failed()] {
            let ruling = judge(&outcome, &job(3 + more), &POLICY, 0.5);
            let dead = matches!(ruling, Ruling::Dead { .. });
            prop_assert!(dead);
        }
    }
}
