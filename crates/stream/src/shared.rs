//! Events that became several jobs stand once, in `shared`; each of the jobs names its event there.

use crate::entry::Fields;
use crate::{Store, StoreError};

/// An entry of `shared`, if it is there.
type Found = Vec<(String, Fields)>;

impl Store {
    /// Adds to jobs that share their event what the event has. One whose event is gone stays as it is, and can't be read.
    pub(crate) async fn fill_in(&self, jobs: &mut [Fields]) -> Result<(), StoreError> {
        let mut sharing: Vec<&mut Fields> =
            jobs.iter_mut().filter(|job| job.contains_key("shared")).collect();
        if sharing.is_empty() {
            return Ok(());
        }
        let (mut together, stream) = (redis::pipe(), self.keys().shared());
        for job in &sharing {
            let id = &job["shared"][..];
            together.cmd("XRANGE").arg(&stream).arg(id).arg(id);
        }
        let found: Vec<Found> = together.query_async(&mut self.commands()).await?;
        for (job, found) in sharing.iter_mut().zip(found) {
            for (name, value) in found.into_iter().flat_map(|(_, event)| event) {
                job.entry(name).or_insert(value);
            }
        }
        Ok(())
    }
}
