//! A folder, and a spool in it that can be ended and opened again.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use spool::{Damage, Drain, Found, OpenError, Spool};
use tempfile::TempDir;

pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    pub(crate) async fn open(&self) -> (Spool, Drain, Found) {
        self.open_with(1 << 20).await
    }

    /// The one before lets go of the folder once its thread has ended.
    pub(crate) async fn open_with(&self, max_bytes: u64) -> (Spool, Drain, Found) {
        for _ in 0..500 {
            match Spool::open(&self.path(), max_bytes) {
                Err(OpenError::Taken { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
                opened => return opened.unwrap(),
            }
        }
        panic!("the folder stays taken");
    }

    /// The files with this ending, in order.
    pub(crate) fn files(&self, ending: &str) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.to_str().is_some_and(|name| name.ends_with(ending)));
        files.sort();
        files
    }
}

pub(crate) async fn append(spool: &Spool, text: &str) {
    spool.append(text.as_bytes().to_vec()).await.unwrap();
}

/// Takes everything, and what was passed over.
pub(crate) fn drain_all(drain: &mut Drain) -> (Vec<String>, Vec<Damage>) {
    let (mut texts, mut damage) = (Vec::new(), Vec::new());
    loop {
        let batch = drain.next(3).unwrap();
        if batch.is_empty() {
            return (texts, damage);
        }
        texts.extend(batch.records.iter().map(|record| String::from_utf8(record.to_vec()).unwrap()));
        damage.extend(batch.damage.iter().cloned());
        drain.done(&batch).unwrap();
    }
}

/// Changes the byte at `at`; counted from the end if negative.
pub(crate) fn spoil(path: &Path, at: i64) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let length = i64::try_from(file.metadata().unwrap().len()).unwrap();
    let place = u64::try_from(if at < 0 { length + at } else { at }).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, place).unwrap();
    file.write_all_at(&[!byte[0]], place).unwrap();
}

pub(crate) fn cut(path: &Path, bytes: u64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length - bytes).unwrap();
}
