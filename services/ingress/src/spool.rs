//! `[spool]`: the reserve on disk for while Redis is away, and its way back into Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::spool::{AppendError, Drain, Spool};
use event::RawEvent;
use serde_json::{Value, json};
use service::{Context, Failure, Meter, Reserves, Stock, catalog};
use stream::Mark;

mod drain;
mod record;

pub(crate) use drain::{drain, follow_size};

use record::Record;

/// The spool of this process, as its threads share it.
#[derive(Debug, Clone)]
pub(crate) struct Reserve {
    spool: Spool,
    meter: Meter,
    /// Said once each time that it begins.
    in_use: Arc<AtomicBool>,
}

/// Opens the spool where it is on, or where it was and something still waits in it.
///
/// # Errors
/// The folder can't be used, or is another process's: told before anything is answered.
pub(crate) fn open(context: &Context) -> Result<Option<(Reserve, Drain)>, Failure> {
    let wanted = &context.live.now().spool;
    let left = Spool::is_left_in(&wanted.folder).unwrap_or(false);
    if !wanted.enabled && !left {
        return Ok(None);
    }
    let opened = Spool::open(&wanted.folder, wanted.max_bytes);
    let (spool, drain, found) =
        opened.map_err(|error| Failure::Usage(format!("[spool] is on, but {error}")))?;
    for torn in &found.torn {
        tracing::warn!(
            file = %torn.file.display(),
            offset = torn.offset,
            bytes = torn.bytes,
            "the end of a spool file was cut off: it was being written when the process or machine died, and no \
             sender was told that it is safe"
        );
        context.meter.count(catalog::SPOOL_DAMAGED, &[]);
    }
    let (events, bytes) = (found.waiting.records, found.waiting.bytes);
    if events > 0 {
        tracing::info!(events, bytes, "events from before wait in the spool; they go to Redis first");
    }
    if !wanted.enabled {
        tracing::warn!(
            "[spool] is off, but events wait in its folder: they are handed on, no more are taken"
        );
    }
    let reserve = Reserve { spool, meter: context.meter.clone(), in_use: Arc::default() };
    Ok(Some((reserve, drain)))
}

// === impl Reserve ===

impl Reserve {
    /// On disk, once this returns.
    pub(crate) async fn keep(&self, event: &RawEvent, mark: Mark, archive: bool) -> Result<(), AppendError> {
        let kept = self.spool.append(Record { event, mark, archive }.to_bytes()).await;
        match &kept {
            Ok(()) => {
                self.meter.count(catalog::SPOOLED, &[("endpoint", &event.endpoint)]);
                if !self.in_use.swap(true, Ordering::Relaxed) {
                    tracing::warn!("Redis is away: events go to the spool");
                }
            }
            Err(error) => {
                let reason = if matches!(error, AppendError::Full { .. }) { "full" } else { "disk" };
                self.meter.count(catalog::SPOOL_REFUSED, &[("reason", reason)]);
            }
        }
        kept
    }

    /// For `/ready`: may events still be taken while Redis is away?
    pub(crate) fn for_ready(&self, context: &Context) -> Reserves {
        let (reserve, live) = (self.clone(), context.live.clone());
        Reserves::new(move || Stock {
            takes: live.now().spool.enabled && !reserve.spool.is_full(),
            told: ("spool", reserve.told()),
        })
    }

    fn told(&self) -> Value {
        let waiting = self.spool.waiting();
        json!({ "waiting": waiting.records, "bytes": waiting.bytes, "full": self.spool.is_full() })
    }
}
