//! What writer and drain know together.

use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::record::HEADER;

/// Records on disk that nobody has taken yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub records: u64,
    /// With their headers.
    pub bytes: u64,
}

/// Where a record begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file's number.
    pub(crate) number: u64,
    pub(crate) offset: u64,
}

/// Shared by all handles.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) state: Mutex<State>,
    /// Told when records come.
    pub(crate) came: Notify,
    /// The folder is ours while this is open.
    pub(crate) _lock: File,
}

#[derive(Debug)]
pub(crate) struct State {
    /// Files with records, in order.
    pub(crate) files: VecDeque<Filed>,
    /// The last of them, while it may still grow.
    pub(crate) growing: Option<u64>,
    pub(crate) max_bytes: u64,
}

/// What is known of a file with records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filed {
    pub(crate) number: u64,
    /// Bytes on disk.
    pub(crate) length: u64,
    pub(crate) waiting: Waiting,
}

// === impl State ===

impl State {
    /// In all files: whatever leaves with its file, read or not, waits no longer.
    pub(crate) fn waiting(&self) -> Waiting {
        self.files.iter().fold(Waiting::default(), |all, file| Waiting {
            records: all.records + file.waiting.records,
            bytes: all.bytes + file.waiting.bytes,
        })
    }

    /// So much of a file was handed on, up to `offset`.
    pub(crate) fn drained(&mut self, number: u64, offset: u64, done: Waiting) {
        let Some(file) = self.files.iter_mut().find(|file| file.number == number) else { return };
        // At its end all of it is done with: what could not be read on the way is told as damage, and counts no longer.
        let done = if offset >= file.length { file.waiting } else { done };
        file.waiting.remove(done);
    }
}

// === impl Waiting ===

impl Waiting {
    pub(crate) fn add(&mut self, payload: usize) {
        self.records += 1;
        self.bytes += size_of_record(payload);
    }

    fn remove(&mut self, other: Self) {
        self.records = self.records.saturating_sub(other.records);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }
}

/// Bytes on disk of a payload of this length.
pub(crate) fn size_of_record(payload: usize) -> u64 {
    (payload + HEADER) as u64
}

// === impl Place ===

impl Place {
    /// Before a file's first record.
    pub(crate) fn beginning(number: u64) -> Self {
        Self { number, offset: crate::record::FILE_HEADER as u64 }
    }
}

// === impl Shared ===

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; were it so, numbers would be a little off.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
