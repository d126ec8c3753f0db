//! An event on its way into Redis, or, while Redis is away and `[spool]` is on, onto our disk.

use event::RawEvent;
use service::{Footing, State};
use settings::Settings;
use stream::{Mark, Published, Store};

use crate::overload::strain;
use crate::reject::Rejection;
use crate::spool::Reserve;

/// Where events go.
#[derive(Clone, Copy)]
pub(crate) struct Way<'w> {
    pub(crate) store: &'w Store,
    /// None: for an operator's command, which hears of any failure itself.
    pub(crate) around: Option<Around<'w>>,
}

/// What an ingress knows besides.
#[derive(Clone, Copy)]
pub(crate) struct Around<'w> {
    pub(crate) footing: &'w Footing,
    pub(crate) reserve: Option<&'w Reserve>,
}

/// Where an event is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    InRedis,
    /// Redis had it before.
    Repeated,
    /// On our disk, to be handed on.
    OnDisk,
}

// === impl Way ===

impl Way<'_> {
    /// Puts the event where it is safe, or says why that can't be done: its sender hears 200 only of the first.
    pub(crate) async fn put(
        &self,
        event: &RawEvent,
        mark: Option<Mark>,
        settings: &Settings,
    ) -> Result<Put, Rejection> {
        let archive = settings.archive.enabled;
        let Some(around) = self.around else {
            return Ok(self.store.publish(event, mark, archive).await.map(Put::from)?);
        };
        let state = around.footing.now();
        if let Some(strain) = strain(&state, &settings.overload) {
            return Err(Rejection::Overloaded { strain });
        }
        let reserve = around.reserve.filter(|_| settings.spool.enabled);
        let Some(reserve) = reserve else {
            if let State::Unfit(why) = &*state {
                return Err(Rejection::Unfit { why: why.clone() });
            }
            return Ok(self.store.publish(event, mark, archive).await.map(Put::from)?);
        };
        // It may be tried, and handed on from the disk all the same: its mark, by its own id if by no other, makes
        // it one event.
        let mark = mark.unwrap_or(Mark { window: settings.deduplication.window });
        if around.footing.trouble().is_none() {
            match self.store.publish(event, Some(mark), archive).await {
                Err(error) if error.is_outage() => {
                    tracing::debug!(%error, event.id = %event.id, "not taken by Redis");
                }
                published => return Ok(published.map(Put::from)?),
            }
        }
        reserve.keep(event, mark, archive).await?;
        Ok(Put::OnDisk)
    }
}

impl From<Published> for Put {
    fn from(published: Published) -> Self {
        match published {
            Published::Accepted => Self::InRedis,
            Published::Duplicate => Self::Repeated,
        }
    }
}
