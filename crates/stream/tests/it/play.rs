//! Plays steps on Redis and in the book, and compares after each.

mod settling;

use std::collections::BTreeSet;
use std::time::Duration;

use event::{EventId, Job, Priority, RawEvent};
use stream::{DeadLetter, Delivery, Group, Mark, Published, Reader, Reclaim, Replayed, Retention};

use crate::book::{Book, Verdict, same};
use crate::census::Census;
use crate::samples::an_event;
use crate::steps::{CONSUMERS, Step};
use crate::yard::Yard;

/// Leases don't run out by themselves while a test runs: time passes when a step says so.
const LEASE: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3600);
const MARK: Option<Mark> = Some(Mark { window: HOUR });
/// How a job moves to the retry stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Ours,
    /// Acknowledge, then add: the order that most write, for the checker to catch.
    Naive,
}

/// A process, and what it believes to hold: it may have lost it.
struct Consumer {
    router: Reader,
    worker: Reader,
    events: Vec<Delivery<RawEvent>>,
    jobs: Vec<Delivery<Job>>,
    scan: Reclaim,
}

pub(crate) struct Play<'y> {
    yard: &'y Yard,
    way: Way,
    consumers: Vec<Consumer>,
    published: BTreeSet<EventId>,
    book: Book,
}

// === impl Consumer ===

impl Consumer {
    fn new(yard: &Yard) -> Self {
        let (router, worker) = (yard.router(), yard.worker());
        Self { router, worker, events: Vec::new(), jobs: Vec::new(), scan: Reclaim::after(LEASE) }
    }
}

fn pick<T>(from: &mut Vec<T>, which: usize) -> Option<T> {
    if from.is_empty() { None } else { Some(from.remove(which % from.len())) }
}

/// The stream on which an event begins, or a job of one of the routes.
fn home(name: &str) -> &'static str {
    match name.rsplit_once(':') {
        None => "events",
        Some((_, "r")) => "jobs:high",
        Some(_) => "jobs:low",
    }
}

fn event_name(delivery: &Delivery<RawEvent>) -> String {
    delivery.carried.as_ref().unwrap().id.to_string()
}

fn job_name(delivery: &Delivery<Job>) -> String {
    delivery.carried.as_ref().unwrap().id.to_string()
}

/// Of the job that it was, or of the event that never became one.
fn name_of(letter: &DeadLetter) -> String {
    let names = [letter.text("job"), letter.text("event_id")];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}

// === impl Play ===

impl<'y> Play<'y> {
    pub(crate) fn new(yard: &'y Yard, way: Way) -> Self {
        let consumers = (0..CONSUMERS).map(|_| Consumer::new(yard)).collect();
        let book = Book::new(yard.keys().clone());
        Self { yard, way, consumers, published: BTreeSet::new(), book }
    }

    pub(crate) async fn play(mut self, steps: &[Step]) -> Verdict {
        for step in steps {
            self.step(step).await?;
        }
        self.finish().await
    }

    async fn step(&mut self, step: &Step) -> Verdict {
        match self.by_somebody_able(step.clone()) {
            Step::Publish { event } => self.publish(event).await?,
            Step::Read { who } => self.read(who).await?,
            Step::Route { who, which, routes } => self.route(who, which, routes).await?,
            Step::Claim { who, count } => self.claim(who, count).await?,
            Step::Renew => {
                for who in 0..CONSUMERS {
                    self.renew(who).await?;
                }
            }
            Step::Complete { who, which } => self.complete(who, which).await?,
            Step::Retry { who, which, due } => self.retry(who, which, due).await?,
            Step::Defer { who, which, due } => self.defer(who, which, due).await?,
            Step::Bury { who, which } => self.bury(who, which).await?,
            Step::SetAside { who, which } => self.set_aside(who, which).await?,
            Step::DieInRetry { who, which, executed } => self.die_in_retry(who, which, executed).await?,
            Step::Die { who } => self.consumers[who] = Consumer::new(self.yard),
            Step::TakeOver { who } => self.take_over(who).await?,
            Step::TimePasses => self.time_passes().await,
            Step::Promote => self.promote().await?,
            Step::Replay { which } => self.replay(which).await?,
            Step::Discard { which } => self.discard(which).await?,
            Step::Expire { most, count } => self.expire(most, count).await?,
        }
        self.book.compare(Census::take(self.yard).await)
    }

    /// The same step by the next consumer that has something to make it with, so that few steps do nothing.
    fn by_somebody_able(&self, mut step: Step) -> Step {
        let next = |who: usize, able: fn(&Consumer) -> bool| {
            let mut others = (who..who + CONSUMERS).map(|who| who % CONSUMERS);
            others.find(|&who| able(&self.consumers[who])).unwrap_or(who)
        };
        match &mut step {
            Step::Route { who, .. } | Step::SetAside { who, .. } => {
                *who = next(*who, |consumer| !consumer.events.is_empty());
            }
            Step::Complete { who, .. }
            | Step::Retry { who, .. }
            | Step::Defer { who, .. }
            | Step::Bury { who, .. }
            | Step::DieInRetry { who, .. } => *who = next(*who, |consumer| !consumer.jobs.is_empty()),
            _ => {}
        }
        step
    }

    /// Everybody dies, others finish: nothing may be left but dead letters.
    async fn finish(&mut self) -> Verdict {
        for who in 0..CONSUMERS {
            self.step(&Step::Die { who }).await?;
        }
        self.step(&Step::TimePasses).await?;
        self.step(&Step::TakeOver { who: 0 }).await?;
        while self.book.waiting_in("events") > 0 {
            self.step(&Step::Read { who: 0 }).await?;
        }
        while !self.consumers[0].events.is_empty() {
            self.step(&Step::Route { who: 0, which: 0, routes: 2 }).await?;
        }
        self.step(&Step::Promote).await?;
        self.step(&Step::Claim { who: 0, count: 100 }).await?;
        while !self.consumers[0].jobs.is_empty() {
            self.step(&Step::Complete { who: 0, which: 0 }).await?;
        }
        same("left at the end", self.book.spots.values().filter(|spot| spot.stream != "dead").count(), 0)
    }

    async fn publish(&mut self, event: usize) -> Verdict {
        let event = an_event(&event.to_string());
        let published = self.yard.store.publish(&event, MARK, false).await.unwrap();
        let new = self.published.insert(event.id.clone());
        if new {
            self.book.put(event.id.as_str(), "events");
        }
        same("publish", published, if new { Published::Accepted } else { Published::Duplicate })
    }

    async fn read(&mut self, who: usize) -> Verdict {
        if self.book.waiting_in("events") == 0 {
            return Ok(());
        }
        let consumer = &mut self.consumers[who];
        let taken: Vec<Delivery<RawEvent>> =
            consumer.router.read(&[self.yard.keys().events()], 1).await.unwrap();
        same("events read", taken.len(), 1)?;
        for delivery in taken {
            self.book.hand_out(&event_name(&delivery), &delivery, consumer.router.consumer())?;
            consumer.events.push(delivery);
        }
        Ok(())
    }

    async fn claim(&mut self, who: usize, count: usize) -> Verdict {
        let consumer = &mut self.consumers[who];
        let taken = consumer.worker.claim(Priority::ALL, count).await.unwrap();
        same("jobs claimed", taken.len(), self.book.waiting_in("jobs:").min(count))?;
        for delivery in taken {
            self.book.hand_out(&job_name(&delivery), &delivery, consumer.worker.consumer())?;
            consumer.jobs.push(delivery);
        }
        Ok(())
    }

    async fn renew(&mut self, who: usize) -> Verdict {
        let consumer = &self.consumers[who];
        let me = consumer.worker.consumer();
        for stream in self.yard.keys().all_jobs() {
            let held: Vec<_> = consumer.jobs.iter().filter(|delivery| delivery.stream() == stream).collect();
            let ids: Vec<_> = held.iter().map(|delivery| delivery.entry().to_owned()).collect();
            let lost = consumer.worker.renew(&stream, &ids).await.unwrap();
            let expected = held.iter().filter(|delivery| !self.book.is_owned(delivery, me));
            same("lost", lost, expected.map(|delivery| delivery.entry().to_owned()).collect())?;
        }
        self.book.renew(&consumer.jobs, me);
        Ok(())
    }

    async fn take_over(&mut self, who: usize) -> Verdict {
        let expired = self.book.expired();
        let consumer = &mut self.consumers[who];
        let events = self.yard.keys().events();
        let events = consumer.scan.step(&consumer.router, &events, 100).await.unwrap().deliveries;
        let mut jobs = Vec::new();
        for stream in self.yard.keys().all_jobs() {
            jobs.extend(consumer.scan.step(&consumer.worker, &stream, 100).await.unwrap().deliveries);
        }
        same("taken over", events.len() + jobs.len(), expired)?;
        for delivery in events {
            self.book.take_over(&event_name(&delivery), &delivery, consumer.router.consumer())?;
            consumer.events.push(delivery);
        }
        for delivery in jobs {
            self.book.take_over(&job_name(&delivery), &delivery, consumer.worker.consumer())?;
            consumer.jobs.push(delivery);
        }
        Ok(())
    }

    async fn time_passes(&mut self) {
        let keys = self.yard.keys();
        self.yard.age(&keys.events(), Group::Route).await;
        for stream in keys.all_jobs() {
            self.yard.age(&stream, Group::Work).await;
        }
        for id in self.yard.ask::<Vec<String>>(&["ZRANGE", &keys.retry_due(), "0", "-1"]).await {
            let _: u64 = self.yard.ask(&["ZADD", &keys.retry_due(), "XX", "0", &id]).await;
        }
        self.book.time_passes();
    }

    async fn promote(&mut self) -> Verdict {
        let (moved, _) = self.yard.store.promote().await.unwrap();
        let due = self.book.due();
        due.iter().for_each(|name| self.book.put(name, home(name)));
        same("promoted", moved, due.len())
    }

    async fn replay(&mut self, which: usize) -> Verdict {
        let Some((id, name)) = self.letter(which).await else { return Ok(()) };
        self.book.put(&name, home(&name));
        same("replay", self.yard.store.replay(&id).await.unwrap(), Replayed::Again)?;
        same("replay again", self.yard.store.replay(&id).await.unwrap(), Replayed::Missing)
    }

    async fn discard(&mut self, which: usize) -> Verdict {
        let Some((id, name)) = self.letter(which).await else { return Ok(()) };
        self.book.spots.remove(&name);
        same("discard", self.yard.store.discard(&id).await.unwrap(), true)
    }

    async fn expire(&mut self, max_entries: u64, count: usize) -> Verdict {
        let letters = self.yard.store.dead_letters("-", 100).await.unwrap().letters;
        let too_many = letters.len().saturating_sub(usize::try_from(max_entries).unwrap()).min(count);
        let limits = Retention { max_age: HOUR, max_entries };
        let gone = self.yard.store.expire_unarchived(limits, count).await.unwrap();
        let ids: Vec<_> = gone.iter().map(|letter| letter.id.clone()).collect();
        for letter in &letters[..too_many] {
            self.book.spots.remove(&name_of(letter));
        }
        same("expired", ids, letters[..too_many].iter().map(|letter| letter.id.clone()).collect())
    }

    /// One of the dead letters: its id, and the name of what it was.
    async fn letter(&self, which: usize) -> Option<(String, String)> {
        let letter = pick(&mut self.yard.store.newest_dead_letters(100).await.unwrap(), which)?;
        Some((letter.id.clone(), name_of(&letter)))
    }
}
