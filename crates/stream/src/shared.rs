//! Events that became several jobs stand once, in `shared`; each of the jobs names its event there.

use crate::{Fields, Store, StoreError};

/// An entry of `shared`, if it is there.
type Found = Vec<(String, Fields)>;

impl Store {
    /// Adds to jobs that share their event what the event has. One whose event is gone stays as it is, and can't be read.
    pub(crate) async fn fill_in(&self, jobs: impl Iterator<Item = &mut Fields>) -> Result<(), StoreError> {
        let mut sharing: Vec<&mut Fields> = jobs.filter(|job| job.get("shared").is_some()).collect();
        if sharing.is_empty() {
            return Ok(());
        }
        let (mut together, stream) = (redis::pipe(), self.keys().shared());
        for job in &sharing {
            let id = job.get("shared");
            together.cmd("XRANGE").arg(&stream).arg(id).arg(id);
        }
        let found: Vec<Found> = together.query_async(&mut self.commands()).await?;
        for (job, found) in sharing.iter_mut().zip(found) {
            found.into_iter().for_each(|(_, event)| job.fill_in(event));
        }
        Ok(())
    }
}
