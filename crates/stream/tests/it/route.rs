//! `events` → `jobs:*`.

use event::{Job, JobId, Priority, RawEvent};
use stream::{Carried, Group, Settled};

use crate::census::Census;
use crate::samples::{a_plan, an_event};
use crate::yard::{Yard, dispatch, take_over};

#[tokio::test]
async fn an_event_becomes_a_job_for_each_plan_and_is_gone() {
    let yard = Yard::new().await;
    let event = an_event("a");
    let plans = [
        a_plan("billing", Priority::High),
        a_plan("audit", Priority::Low),
        a_plan("mail", Priority::High),
        a_plan("alarm", Priority::Critical),
    ];
    yard.routed(&event, &plans.each_ref()).await;
    let claimed = yard.worker().claim(Priority::ALL, 10).await.unwrap();
    let jobs: Vec<_> = claimed.into_iter().map(|delivery| delivery.carried.unwrap()).collect();
    let routes: Vec<_> = jobs.iter().map(|job| job.plan.route.as_str()).collect();
    assert_eq!(routes, ["alarm", "billing", "mail", "audit"]);
    for job in &jobs {
        let plan = plans.iter().find(|plan| plan.route == job.plan.route).unwrap();
        assert_eq!((&job.plan, &job.event), (plan, &event));
        assert_eq!(job.id, JobId::new(&event.id, &plan.route));
        assert_eq!((job.attempts, job.first_at, job.last_error.as_str()), (0, None, ""));
    }
    assert_eq!(yard.length(&yard.keys().events()).await, 0);
    assert_eq!(yard.pending(&yard.keys().events(), Group::Route).await, 0);
}

#[tokio::test]
async fn an_event_that_no_route_wants_is_taken_off() {
    let yard = Yard::new().await;
    yard.routed(&an_event("a"), &[]).await;
    assert_eq!(Census::take(&yard).await, Census::default());
}

#[tokio::test]
async fn the_routers_trace_takes_the_place_of_the_events() {
    let yard = Yard::new().await;
    yard.publish(&an_event("a")).await;
    let delivery = yard.router().read::<RawEvent>(&[yard.keys().events()], 1).await.unwrap().remove(0);
    let ours = "00-11111111111111111111111111111111-2222222222222222-01";
    dispatch(delivery, &[&a_plan("r", Priority::Normal)], ours).await.unwrap();
    let jobs = yard.entries(&yard.keys().jobs(Priority::Normal)).await;
    let job = Job::from_fields(jobs[0].1.clone()).unwrap();
    assert_eq!(job.event, RawEvent { trace: ours.to_owned(), ..an_event("a") });
}

#[tokio::test]
async fn an_event_is_routed_once_however_often_it_is_in_hand() {
    let yard = Yard::new().await;
    let plan = a_plan("r", Priority::Normal);
    yard.publish(&an_event("a")).await;
    let (router, events) = (yard.router(), yard.keys().events());
    let first = router.read::<RawEvent>(std::slice::from_ref(&events), 1).await.unwrap().remove(0);
    let same = take_over::<RawEvent>(&router, &events).await.remove(0);
    assert_eq!(dispatch(first, &[&plan], "").await.unwrap(), Settled::Done);
    assert_eq!(dispatch(same, &[&plan], "").await.unwrap(), Settled::Lost);
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Normal)).await, 1);
}

#[tokio::test]
async fn a_router_that_lost_an_event_routes_nothing() {
    let yard = Yard::new().await;
    let plan = a_plan("r", Priority::Normal);
    yard.publish(&an_event("a")).await;
    let (slow, other, events) = (yard.router(), yard.router(), yard.keys().events());
    let zombie = slow.read::<RawEvent>(std::slice::from_ref(&events), 1).await.unwrap().remove(0);
    let taken = take_over::<RawEvent>(&other, &events).await.remove(0);
    assert_eq!(dispatch(zombie, &[&plan], "").await.unwrap(), Settled::Lost);
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Normal)).await, 0);
    assert_eq!(yard.pending(&events, Group::Route).await, 1);
    assert_eq!(dispatch(taken, &[&plan], "").await.unwrap(), Settled::Done);
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Normal)).await, 1);
}

#[tokio::test]
async fn an_event_deleted_by_hand_is_reported_missing_and_leaves_nothing_pending() {
    let yard = Yard::new().await;
    yard.publish(&an_event("a")).await;
    let events = yard.keys().events();
    let delivery = yard.router().read::<RawEvent>(std::slice::from_ref(&events), 1).await.unwrap().remove(0);
    let _: u64 = yard.ask(&["XDEL", &events, delivery.entry()]).await;
    let plan = a_plan("r", Priority::Normal);
    assert_eq!(dispatch(delivery, &[&plan], "").await.unwrap(), Settled::Missing);
    assert_eq!(yard.pending(&events, Group::Route).await, 0);
    assert_eq!(yard.length(&yard.keys().jobs(Priority::Normal)).await, 0);
}
