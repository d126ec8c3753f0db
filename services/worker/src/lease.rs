//! Is a job still ours? By the clock alone, as long as that is enough.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use event::Job;
use service::Stop;
use stream::{Delivery, Since, StoreError};

use crate::places::Full;

/// What this process knows of its lease on one job.
#[derive(Debug)]
pub(crate) struct Lease {
    /// It was surely ours then, for as long as a lease is.
    since: Mutex<Since>,
    lost: Stop,
}

/// Why a handler was not called, or its call was broken off.
#[derive(Debug)]
pub(crate) enum Uncalled {
    /// Another worker has the job, or has settled it.
    Lost,
    /// Its lease may have run out, and Redis does not say.
    Unsure(StoreError),
    /// Its handler has no place for it.
    Full(Full),
}

impl From<Full> for Uncalled {
    fn from(full: Full) -> Self {
        Self::Full(full)
    }
}

// === impl Lease ===

impl Lease {
    pub(crate) fn since(taken: Since) -> Self {
        Self { since: Mutex::new(taken), lost: Stop::default() }
    }

    /// It was renewed; `asked` lies before that.
    pub(crate) fn renewed(&self, asked: Since) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        *since = asked.max(*since);
    }

    /// Another worker has this job now: our attempt at it is ended.
    pub(crate) fn lose(&self) {
        self.lost.now();
    }

    pub(crate) async fn lost(&self) {
        self.lost.asked().await;
    }

    /// Makes sure that the job is ours, before its handler is called. A process that stood still, or a machine that
    /// slept, may wake here long after another worker has taken the job over: Redis is asked once a lease of this length
    /// is three quarters over. It was renewed after a third, so that nobody asks who did not stand still.
    pub(crate) async fn confirm(&self, delivery: &Delivery<Job>, length: Duration) -> Result<(), Uncalled> {
        if self.lost.is_asked() {
            return Err(Uncalled::Lost);
        }
        while self.age() >= length * 3 / 4 {
            let asked = Since::now();
            if !delivery.renew().await.map_err(Uncalled::Unsure)? {
                return Err(Uncalled::Lost);
            }
            self.renewed(asked);
        }
        Ok(())
    }

    fn age(&self) -> Duration {
        self.since.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}
