//! The steps that take an entry out of a consumer's hands.

use std::time::Duration;

use event::{Job, JobId, Millis, Plan, Priority, Reason};
use stream::{Delivery, JobResult, LastWords, Settled};

use super::{Consumer, HOUR, Play, Way, event_name, home, pick};
use crate::book::{Verdict, same};
use crate::samples::{ERROR, a_plan};
use crate::yard::{dispatch, failed};

const LAST: LastWords<'_> = LastWords { reason: Reason::Gone, error: ERROR, status: None, at: Millis(9) };

fn routes() -> [Plan; 2] {
    [a_plan("r", Priority::High), a_plan("s", Priority::Low)]
}

fn if_mine(mine: bool) -> Settled {
    if mine { Settled::Done } else { Settled::Lost }
}

// === impl Consumer ===

impl Consumer {
    fn job(&mut self, which: usize) -> Option<(Delivery<Job>, Job)> {
        let delivery = pick(&mut self.jobs, which)?;
        let job = delivery.carried.as_deref().cloned().unwrap();
        Some((delivery, job))
    }
}

// === impl Play ===

impl Play<'_> {
    pub(super) async fn route(&mut self, who: usize, which: usize, count: usize) -> Verdict {
        let consumer = &mut self.consumers[who];
        let Some(delivery) = pick(&mut consumer.events, which) else { return Ok(()) };
        let event = delivery.carried.as_deref().cloned().unwrap();
        let mine = self.book.is_owned(&delivery, consumer.router.consumer());
        let all = routes();
        let plans: Vec<_> = all.iter().take(count).collect();
        let settled = dispatch(delivery, &plans, "").await.unwrap();
        if mine {
            self.book.spots.remove(event.id.as_str());
            for plan in plans {
                let job = JobId::new(&event.id, &plan.route);
                self.book.put(job.as_str(), home(job.as_str()));
            }
        }
        same("route", settled, if_mine(mine))
    }

    pub(super) async fn complete(&mut self, who: usize, which: usize) -> Verdict {
        let Some((delivery, job)) = self.consumers[who].job(which) else { return Ok(()) };
        // Whoever owns it now: the work was done.
        let held = self.book.hold_of(&delivery).is_some();
        let settled = delivery.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap();
        if held {
            self.book.spots.remove(job.id.as_str());
        }
        same("complete", settled, if_mine(held))
    }

    pub(super) async fn retry(&mut self, who: usize, which: usize, due: bool) -> Verdict {
        let consumer = &mut self.consumers[who];
        let Some((delivery, job)) = consumer.job(which) else { return Ok(()) };
        let mine = self.book.is_owned(&delivery, consumer.worker.consumer());
        let delay = if due { Duration::ZERO } else { HOUR };
        let settled = delivery.retry(&job, &failed(Millis(1), ERROR), delay).await.unwrap();
        if mine {
            self.book.put(job.id.as_str(), "retry");
            self.book.spots.entry(job.id.to_string()).and_modify(|spot| spot.due = due);
        }
        same("retry", settled, if_mine(mine))
    }

    pub(super) async fn defer(&mut self, who: usize, which: usize, due: bool) -> Verdict {
        let consumer = &mut self.consumers[who];
        let Some((delivery, job)) = consumer.job(which) else { return Ok(()) };
        let mine = self.book.is_owned(&delivery, consumer.worker.consumer());
        let settled = delivery.defer(&job, if due { Duration::ZERO } else { HOUR }).await.unwrap();
        if mine {
            self.book.put(job.id.as_str(), "retry");
            self.book.spots.entry(job.id.to_string()).and_modify(|spot| spot.due = due);
        }
        same("defer", settled, if_mine(mine))
    }

    pub(super) async fn bury(&mut self, who: usize, which: usize) -> Verdict {
        let consumer = &mut self.consumers[who];
        let Some((delivery, job)) = consumer.job(which) else { return Ok(()) };
        let mine = self.book.is_owned(&delivery, consumer.worker.consumer());
        let settled = delivery.bury(&job, Millis(1), &LAST).await.unwrap();
        if mine {
            self.book.put(job.id.as_str(), "dead");
        }
        same("bury", settled, if_mine(mine))
    }

    pub(super) async fn set_aside(&mut self, who: usize, which: usize) -> Verdict {
        let consumer = &mut self.consumers[who];
        let Some(delivery) = pick(&mut consumer.events, which) else { return Ok(()) };
        let (name, mine) = (event_name(&delivery), self.book.is_owned(&delivery, consumer.router.consumer()));
        let settled = delivery.set_aside(&LAST).await.unwrap();
        if mine {
            self.book.put(&name, "dead");
        }
        same("set aside", settled, if_mine(mine))
    }

    pub(super) async fn die_in_retry(&mut self, who: usize, which: usize, executed: bool) -> Verdict {
        if executed {
            self.retry(who, which, true).await?;
        } else if self.way == Way::Naive
            && let Some((delivery, _)) = self.consumers[who].job(which)
        {
            // Acknowledged, deleted, and dead before it could add.
            let (stream, entry) = (delivery.stream(), delivery.entry());
            let _: u64 = self.yard.ask(&["XACK", stream, "work", entry]).await;
            let _: u64 = self.yard.ask(&["XDEL", stream, entry]).await;
        }
        self.consumers[who] = Consumer::new(self.yard);
        Ok(())
    }
}
