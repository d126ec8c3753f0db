//! The connection breaks in the middle of each move, so that nobody knows whether it happened. The event is in
//! exactly one place all the same, whether the process tries again or dies, and others bring it to its end.

use std::time::Duration;

use event::{Job, JobId, Millis, Priority, RawEvent, Reason};
use stream::{
    Beyond, Counters, Group, JobResult, LastWords, Mark, Outbox, Published, Reclaim, Retention, Settled,
};

use crate::census::Census;
use crate::fault::{Scene, the_plan};
use crate::samples::{ERROR, a_plan, an_event};
use crate::yard::{dispatch, eventually, failed, take_over};

const MARK: Option<Mark> = Some(Mark { window: Duration::from_secs(600) });
const LAST: LastWords<'_> =
    LastWords { reason: Reason::Gone, error: ERROR, status: Some(410), at: Millis(9) };

fn name() -> String {
    JobId::new(&an_event("a").id, "r").to_string()
}

/// What the process hears if it lives: that it is done, whichever of its tries did it. It counts by this.
fn heard(outcome: Option<Result<Settled, stream::StoreError>>) {
    if let Some(settled) = outcome {
        assert_eq!(settled.unwrap(), Settled::Done);
    }
}

#[tokio::test]
async fn a_publish_cut_off_is_in_once_when_the_sender_has_sent_again() {
    Scene::each(async |scene, fault| {
        let (yard, event) = (&scene.yard, an_event("a"));
        yard.store.publish(&an_event("so that the script is known"), None, false).await.unwrap();
        let cut = scene.cut_script(fault, scene.store.publish(&event, MARK, true)).await;
        let lived = cut.is_some();
        // Whoever lives tries once more by itself, and does not take its own first try for somebody else's.
        assert_eq!(cut.map_or(Published::Accepted, Result::unwrap), Published::Accepted, "{fault:?}");
        let again = yard.store.publish(&event, MARK, true).await.unwrap();
        if lived || fault.executed() == Some(true) {
            assert_eq!(again, Published::Duplicate, "{fault:?}");
        }
        assert_eq!(yard.length(&yard.keys().events()).await, 2);
        assert_eq!(yard.length(&yard.keys().archive()).await, 1);
        assert_eq!(scene.others_finish().await, 2);
    })
    .await;
}

#[tokio::test]
async fn of_repeats_that_are_cut_off_together_one_is_accepted_and_an_older_event_is_none() {
    Scene::each(async |scene, fault| {
        let (yard, [new, old]) = (&scene.yard, ["new", "old"].map(an_event));
        yard.store.publish(&old, MARK, false).await.unwrap();
        let offer = |event| scene.store.publish(event, MARK, false);
        // One call carries all three.
        let together = async { tokio::join!(offer(&new), offer(&new), offer(&old)) };
        let told = scene.cut_script(fault, together).await;
        if let Some((one, other, known)) = told {
            let told = [one, other, known].map(Result::unwrap);
            assert_eq!(told, [Published::Accepted, Published::Duplicate, Published::Duplicate], "{fault:?}");
            assert_eq!(yard.length(&yard.keys().events()).await, 2);
        }
    })
    .await;
}

#[tokio::test]
async fn a_routing_cut_off_makes_all_jobs_or_none() {
    Scene::each(async |scene, fault| {
        let (yard, event) = (&scene.yard, an_event("a"));
        yard.routed(&an_event("so that the script is known"), &[]).await;
        yard.publish(&event).await;
        let events = yard.keys().events();
        let delivery = scene.reader(Group::Route).read::<RawEvent>(&[events], 1).await.unwrap().remove(0);
        let plans = [the_plan(), a_plan("s", Priority::High)];
        heard(scene.cut_script(fault, dispatch(delivery, &plans.each_ref(), "")).await);
        let jobs = plans.each_ref().map(|plan| JobId::new(&event.id, &plan.route).to_string());
        let census = Census::take(yard).await;
        let routed = census.places.contains_key(&jobs[0]);
        let names = if routed { vec![&*jobs[0], &*jobs[1]] } else { vec![event.id.as_str()] };
        assert_eq!(census.wrongs(names.iter().copied()), Vec::<String>::new(), "{fault:?}");
        assert_eq!(scene.others_finish().await, names.len());
    })
    .await;
}

#[tokio::test]
async fn a_read_cut_off_strands_no_entry() {
    Scene::each(async |scene, fault| {
        let (yard, event) = (&scene.yard, an_event("a"));
        yard.publish(&event).await;
        let (reader, events) = (scene.reader(Group::Route), [yard.keys().events()]);
        let read = scene.cut(fault, "XREADGROUP", reader.read::<RawEvent>(&events, 1)).await;
        assert!(read.is_none_or(|read| read.is_err()));
        scene.expect(fault, &[event.id.as_str()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_claim_cut_off_strands_no_job() {
    Scene::each(async |scene, fault| {
        let (yard, doomed) = (&scene.yard, scene.reader(Group::Work));
        doomed.claim(Priority::ALL, 1).await.unwrap();
        yard.routed(&an_event("a"), &[&the_plan()]).await;
        let claim = scene.cut(fault, "XREADGROUP", doomed.claim(Priority::ALL, 1)).await;
        assert!(claim.is_none_or(|claim| claim.is_err()));
        scene.expect(fault, &[&name()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_renewal_cut_off_moves_nothing() {
    Scene::each(async |scene, fault| {
        let (delivery, _) = scene.doomed_job().await;
        let (doomed, held) = (scene.reader(Group::Work), [delivery.entry().to_owned()]);
        doomed.renew(delivery.stream(), &[]).await.unwrap();
        let renewal = scene.cut_script(fault, doomed.renew(delivery.stream(), &held)).await;
        assert!(renewal.is_none_or(|renewal| renewal.is_err()));
        scene.expect(fault, &[&name()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_taking_over_cut_off_is_made_good_by_the_next() {
    Scene::each(async |scene, fault| {
        let (yard, doomed) = (&scene.yard, scene.reader(Group::Work));
        let (delivery, _) = yard.claimed(&yard.worker(), &an_event("a"), &the_plan()).await;
        take_over::<Job>(&doomed, delivery.stream()).await;
        let mut scan = Reclaim::after(Duration::ZERO);
        let taken = scene.cut_script(fault, scan.step::<Job>(&doomed, delivery.stream(), 1)).await;
        assert!(taken.is_none_or(|taken| taken.is_err()));
        scene.expect(fault, &[&name()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_completion_cut_off_is_made_by_whoever_comes_next() {
    Scene::each(async |scene, fault| {
        know_settlements(scene).await;
        let (delivery, job) = scene.doomed_job().await;
        let outcome = scene
            .cut_script(fault, delivery.complete(&job, Millis(1), &JobResult::delivered(Some(200))))
            .await;
        let lives = outcome.is_some();
        heard(outcome);
        let left = scene.others_finish().await;
        if lives {
            assert_eq!(left, 0, "{fault:?}");
        } else if let Some(executed) = fault.executed() {
            assert_eq!(left, usize::from(!executed), "{fault:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_retry_cut_off_waits_once_or_not_at_all() {
    Scene::each(async |scene, fault| {
        know_settlements(scene).await;
        let (delivery, job) = scene.doomed_job().await;
        heard(scene.cut_script(fault, delivery.retry(&job, &failed(Millis(1), ERROR), Duration::ZERO)).await);
        scene.expect(fault, &[&name()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_deferral_cut_off_waits_once_or_not_at_all() {
    Scene::each(async |scene, fault| {
        know_settlements(scene).await;
        let (delivery, job) = scene.doomed_job().await;
        heard(scene.cut_script(fault, delivery.defer(&job, Duration::ZERO)).await);
        scene.expect(fault, &[&name()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_burial_cut_off_leaves_one_letter_or_the_job() {
    Scene::each(async |scene, fault| {
        know_settlements(scene).await;
        let (delivery, job) = scene.doomed_job().await;
        let outcome = scene.cut_script(fault, delivery.bury(&job, Millis(1), &LAST)).await;
        let lives = outcome.is_some();
        heard(outcome);
        scene.expect(fault, &[&name()]).await;
        let delivered = scene.others_finish().await;
        assert_eq!(scene.yard.length(&scene.yard.keys().dead()).await, 1 - delivered);
        assert!(!lives || delivered == 0);
    })
    .await;
}

#[tokio::test]
async fn a_promotion_cut_off_moves_each_job_once() {
    Scene::each(async |scene, fault| {
        scene.yard.store.promote().await.unwrap();
        let (delivery, job) = scene.doomed_job().await;
        delivery.retry(&job, &failed(Millis(1), ERROR), Duration::ZERO).await.unwrap();
        let promotion = scene.cut_script(fault, scene.store.promote()).await;
        assert!(promotion.is_none_or(|promotion| promotion.is_err()));
        scene.expect(fault, &[&name()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_replay_cut_off_and_asked_again_replays_once() {
    Scene::each(async |scene, fault| {
        let (yard, (delivery, job)) = (&scene.yard, scene.doomed_job().await);
        yard.store.replay("1-1").await.unwrap();
        delivery.bury(&job, Millis(1), &LAST).await.unwrap();
        let id = yard.store.newest_dead_letters(1).await.unwrap().remove(0).id;
        let replay = scene.cut_script(fault, scene.store.replay(&id)).await;
        assert!(replay.is_none_or(|replay| replay.is_err()));
        scene.expect(fault, &[&name()]).await;
        yard.store.replay(&id).await.unwrap();
        scene.expect(fault, &[&name()]).await;
        assert_eq!(scene.others_finish().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_letters_leaving_cut_off_and_asked_again_happens_once() {
    Scene::each(async |scene, fault| {
        let (yard, (delivery, job)) = (&scene.yard, scene.doomed_job().await);
        let limits = Retention { max_age: Duration::ZERO, max_entries: 9 };
        yard.store.expire_unarchived(limits, 1).await.unwrap();
        delivery.bury(&job, Millis(1), &LAST).await.unwrap();
        // So that it is older than no time at all.
        let dead = yard.keys().dead();
        eventually("a millisecond", async || {
            let due = yard.store.outlived(limits, 1, &Beyond::default()).await.unwrap();
            (!due.is_empty()).then_some(())
        })
        .await;
        let expiry = scene.cut_script(fault, scene.store.expire_unarchived(limits, 1)).await;
        assert!(expiry.is_none_or(|expiry| expiry.is_err()));
        let left = fault.executed().unwrap_or(yard.length(&dead).await == 0);
        assert_eq!(yard.length(&dead).await, usize::from(!left), "{fault:?}");
        assert_eq!(yard.store.expire_unarchived(limits, 1).await.unwrap().len(), usize::from(!left));
        let lines = yard.store.life(&job.event.id).await.unwrap();
        assert_eq!(lines.iter().filter(|line| line.text("step") == "expired").count(), 1, "{fault:?}");
        assert_eq!(scene.others_finish().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_fold_cut_off_counts_once() {
    Scene::each(async |scene, fault| {
        let (yard, doomed) = (&scene.yard, scene.reader(Group::Count));
        let (mut outbox, increments) = (Outbox::default(), yard.keys().increments());
        let one = || Counters([("a".to_owned(), 1.0)].into());
        yard.store.ship(&mut outbox, one).await.unwrap();
        doomed.fold(doomed.read(std::slice::from_ref(&increments), 1).await.unwrap()).await.unwrap();
        yard.store.ship(&mut outbox, one).await.unwrap();
        let shipments = doomed.read(std::slice::from_ref(&increments), 1).await.unwrap();
        let folded = scene.cut_script(fault, doomed.fold(shipments)).await;
        assert!(folded.is_none_or(|folded| folded.is_err()));
        assert_eq!(yard.store.totals().await.unwrap(), Counters([("a".to_owned(), 2.0)].into()));
        let other = yard.reader(Group::Count);
        other.fold(take_over(&other, &increments).await).await.unwrap();
        assert_eq!(yard.store.totals().await.unwrap(), Counters([("a".to_owned(), 2.0)].into()));
        assert_eq!(yard.length(&increments).await, 0);
    })
    .await;
}

/// It keeps what it does not know to have arrived, and sends that again as it was.
#[tokio::test]
async fn a_shipment_cut_off_counts_once() {
    Scene::each(async |scene, fault| {
        let (yard, mut outbox) = (&scene.yard, Outbox::default());
        let one = || Counters([("a".to_owned(), 1.0)].into());
        yard.store.ship(&mut outbox, one).await.unwrap();
        let cut = scene.cut_script(fault, scene.store.ship(&mut outbox, one)).await;
        assert!(cut.is_none_or(|cut| cut.is_err()));
        yard.store.ship(&mut outbox, one).await.unwrap();
        assert_eq!(yard.store.totals().await.unwrap(), Counters([("a".to_owned(), 3.0)].into()), "{fault:?}");
    })
    .await;
}

/// Has Redis learn the scripts that settle, by settling another job by each.
async fn know_settlements(scene: &Scene) {
    let (yard, worker) = (&scene.yard, scene.yard.worker());
    let (delivery, job) = yard.claimed(&worker, &an_event("another"), &the_plan()).await;
    delivery.retry(&job, &failed(Millis(1), ERROR), Duration::ZERO).await.unwrap();
    yard.store.promote().await.unwrap();
    let delivery = worker.claim(Priority::ALL, 1).await.unwrap().remove(0);
    delivery.defer(&job, Duration::ZERO).await.unwrap();
    yard.store.promote().await.unwrap();
    let delivery = worker.claim(Priority::ALL, 1).await.unwrap().remove(0);
    delivery.bury(&job, Millis(1), &LAST).await.unwrap();
    let id = yard.store.newest_dead_letters(1).await.unwrap().remove(0).id;
    yard.store.replay(&id).await.unwrap();
    let delivery = worker.claim(Priority::ALL, 1).await.unwrap().remove(0);
    delivery.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap();
}
