//! What happened, as a log line and a count at once. No line holds a body, a secret or a URL.

use event::{Job, Millis};
use service::{Meter, catalog};
use stream::{Settled, StoreError};

use crate::attempt::{Attempted, Outcome};
use crate::judge::{Ruling, Why};
use crate::lease::Uncalled;
use crate::places::Full;
use crate::settle::Unfit;

/// Where it is told.
#[derive(Debug)]
pub(crate) struct Observed {
    meter: Meter,
}

// === impl Observed ===

impl Observed {
    pub(crate) fn new(meter: Meter) -> Self {
        Self { meter }
    }

    /// An attempt was made, ruled on and settled, or not.
    pub(crate) fn settled(
        &self,
        job: &Job,
        attempted: &Attempted,
        ruling: &Ruling,
        settled: Result<Settled, StoreError>,
    ) {
        if attempted.outcome != Outcome::Unknown {
            self.meter.observe(catalog::DELIVERY_TIME, attempted.took);
        }
        let (id, route, attempt) = (&job.event.id, &job.plan.route, job.attempt());
        match settled {
            Ok(Settled::Done) => self.ruled(job, attempted, ruling),
            Ok(Settled::Lost) => {
                tracing::info!(event.id = %id, route, attempt, "another worker has this job, or has settled it");
            }
            Ok(Settled::Missing) => {
                tracing::error!(event.id = %id, route, attempt, "the job is gone from its stream: somebody trims it");
            }
            Err(error) => {
                tracing::error!(event.id = %id, route, attempt, %error, "the outcome could not be written down; the job will be delivered again after its lease");
            }
        }
    }

    fn ruled(&self, job: &Job, attempted: &Attempted, ruling: &Ruling) {
        match ruling {
            Ruling::Done { status } => self.delivered(job, attempted, *status),
            Ruling::Again { after, error } => self.put_off(job, *after, error),
            Ruling::Dead { reason, error, .. } => self.given_up(job, *reason, error),
        }
    }

    fn delivered(&self, job: &Job, attempted: &Attempted, status: Option<u16>) {
        let (id, route, attempt) = (&job.event.id, &job.plan.route, job.attempt());
        let ms = u64::try_from(attempted.took.as_millis()).unwrap_or(u64::MAX);
        self.meter.count(catalog::DELIVERIES, &[("outcome", "delivered"), ("route", route)]);
        self.meter.observe(catalog::END_TO_END, Millis::now().since(job.event.received_at));
        tracing::info!(event.id = %id, route, attempt, status, ms, "delivered");
    }

    fn put_off(&self, job: &Job, after: std::time::Duration, error: &Why) {
        let (id, route, attempt) = (&job.event.id, &job.plan.route, job.attempt());
        self.meter.count(catalog::DELIVERIES, &[("outcome", "retried"), ("route", route)]);
        self.meter.count(catalog::RETRIES, &[("route", route)]);
        let wait = after.as_secs_f64();
        tracing::warn!(event.id = %id, route, attempt, error = error.brief, again_in_seconds = wait, "not delivered; to be tried again");
    }

    fn given_up(&self, job: &Job, reason: event::Reason, error: &Why) {
        let (id, route, attempt) = (&job.event.id, &job.plan.route, job.attempt());
        self.meter.count(catalog::DELIVERIES, &[("outcome", "dead"), ("route", route)]);
        self.meter.count(catalog::DEAD_LETTERS, &[("reason", reason.as_str()), ("route", route)]);
        tracing::error!(event.id = %id, route, attempt, error = error.brief, %reason, "not delivered; it is a dead letter now");
    }

    /// Its handler had no place for it, and it was put back, or not.
    pub(crate) fn deferred(&self, job: &Job, full: Full, settled: Result<Settled, StoreError>) {
        let (id, route, handler) = (&job.event.id, &job.plan.route, &job.plan.handler);
        match settled {
            Ok(Settled::Done) => {
                self.meter.count(catalog::DEFERRED, &[("handler", handler)]);
                let wait = full.after.as_secs_f64();
                tracing::debug!(event.id = %id, route, handler, again_in_seconds = wait, "put back: its handler is full");
                if full.is_news {
                    tracing::warn!(
                        handler,
                        "this handler is full: its jobs are put back for a while, so that those of others can be delivered"
                    );
                }
            }
            Ok(Settled::Lost | Settled::Missing) => {}
            Err(error) => {
                tracing::error!(event.id = %id, route, handler, %error, "its handler is full, and it can't be put back; it will be delivered after its lease");
            }
        }
    }

    /// The lease ran out, or may have, before the handler was called or had answered.
    pub(crate) fn uncalled(&self, job: &Job, why: &Uncalled) {
        let (id, route, attempt) = (&job.event.id, &job.plan.route, job.attempt());
        match why {
            Uncalled::Lost => {
                tracing::warn!(event.id = %id, route, attempt, "another worker took this job over; our attempt is broken off");
            }
            Uncalled::Full(_) => {}
            Uncalled::Unsure(error) => {
                tracing::error!(event.id = %id, route, attempt, %error, "the job may be another worker's by now, and Redis does not say; its handler is not called, and it will be delivered after its lease");
            }
        }
    }

    /// An entry that must not be attempted was put with the dead letters, or not.
    pub(crate) fn set_aside(&self, unfit: &Unfit, settled: Result<Settled, StoreError>) {
        let Unfit { reason, error, event, route } = unfit;
        match settled {
            Ok(Settled::Done) => {
                self.meter.count(catalog::DEAD_LETTERS, &[("reason", reason.as_str()), ("route", route)]);
                tracing::error!(event.id = event, route, error, %reason, "not attempted; it is a dead letter now");
            }
            Ok(Settled::Lost | Settled::Missing) => {}
            Err(trouble) => {
                tracing::error!(event.id = event, route, error, %reason, %trouble, "it can't be put with the dead letters yet");
            }
        }
    }

    /// A step of the scan found jobs of a worker that died, and entries that somebody trimmed away.
    pub(crate) fn reclaimed(&self, jobs: usize, deleted: usize) {
        if jobs > 0 {
            self.meter.add(catalog::RECLAIMED, &[("service", "worker")], jobs as f64);
            tracing::warn!(jobs, "taking over from a worker that died or fell silent");
        }
        if deleted > 0 {
            tracing::error!(
                entries = deleted,
                "jobs were taken but are gone from their stream: somebody trims it"
            );
        }
    }
}
