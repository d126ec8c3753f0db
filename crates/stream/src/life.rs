//! What happened to an event, as every move wrote it down: a line each in `life`, of which the newest are kept.

use event::EventId;
use futures_util::future::try_join_all;

use crate::look::{Back, Entry, EntryId};
use crate::{Store, StoreError};

/// A line of `hs:{0}:life`, or of another partition's, as it stands there: `step`, `event_id`, and what is known of it. Its
/// id starts with the time at which it happened, in ms, by Redis' clock.
pub type LifeLine = Entry;

/// Lines read at once, of some hundred bytes each.
pub(crate) const PAGE: usize = 1000;
/// All that may be kept (`[redis] history`), and what Redis leaves beyond that.
pub(crate) const MOST_PAGES: usize = 1100;

impl Store {
    /// The lines of one event that are still kept, oldest first.
    ///
    /// Reads the lines of the event's partition through, newest first; those of others only where it has none there: the
    /// event may be from a time when they were fewer or more.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn life(&self, event: &EventId) -> Result<Vec<LifeLine>, StoreError> {
        let home = self.of(event);
        let mut lines = home.own_life(event).await?;
        if lines.is_empty() {
            let others = self.partitions();
            let others = others.iter().filter(|store| store.partition != home.partition);
            lines = try_join_all(others.map(|store| store.own_life(event))).await?.concat();
        }
        lines.sort_by_key(|line| EntryId::parse(&line.id));
        Ok(lines)
    }

    async fn own_life(&self, event: &EventId) -> Result<Vec<LifeLine>, StoreError> {
        Ok(self.own(Back::new(self, &self.keys.life(), PAGE, MOST_PAGES).of(event).await?))
    }
}
