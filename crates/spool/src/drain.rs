//! The way out: records in order, and gone once they are said to be done.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::folder::{set_aside, write_cursor};
use crate::record::{Damage, Harm, Item, next};
use crate::segment::{Loaded, load, path_of, sync_folder};
use crate::state::{Filed, Place, Shared, Waiting, size_of_record};
use crate::writer::Message;

/// The only one who takes records.
#[derive(Debug)]
pub struct Drain {
    shared: Arc<Shared>,
    writer: mpsc::Sender<Message>,
    at: Place,
    /// The file at `at`, as far as it was synced when it was read.
    loaded: Option<(u64, Loaded)>,
    /// Files that held damage: they are kept.
    damaged: Vec<u64>,
}

/// Records to be handed on together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub records: Vec<Bytes>,
    /// What was passed over on the way to them.
    pub damage: Vec<Damage>,
    end: Place,
    bytes: u64,
}

// === impl Batch ===

impl Batch {
    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.damage.is_empty()
    }
}

// === impl Drain ===

impl Drain {
    pub(crate) fn new(shared: Arc<Shared>, writer: mpsc::Sender<Message>, at: Place) -> Self {
        Self { shared, writer, at, loaded: None, damaged: Vec::new() }
    }

    /// The next records, at most `count`; the same again until they are done. Reads a file: call it where one may.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn next(&mut self, count: usize) -> io::Result<Batch> {
        loop {
            let Some(Filed { number, length, .. }) = self.file() else { return Ok(Batch::default()) };
            if self.at.number != number {
                self.at = Place::beginning(number);
            }
            let batch = self.read(number, length, count)?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            if !self.leave(number)? {
                return Ok(Batch::default());
            }
        }
    }

    /// These were handed on: they don't come again.
    ///
    /// # Errors
    /// How far we are can't be noted: after a restart they may come again.
    pub fn done(&mut self, batch: &Batch) -> io::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.at = batch.end;
        self.damaged.extend(batch.damage.iter().map(|_| batch.end.number));
        let all = {
            let mut state = self.shared.lock();
            let done = Waiting { records: batch.records.len() as u64, bytes: batch.bytes };
            state.drained(batch.end.number, batch.end.offset, done);
            state.waiting().records == 0
        };
        if let Some((_, loaded)) = self.loaded.as_ref().filter(|(number, _)| *number == batch.end.number) {
            write_cursor(&self.shared.folder, loaded.salt, batch.end.offset)?;
        }
        if all && self.damaged.is_empty() {
            // A full queue means that records are on their way in: then there is nothing to tidy.
            let _ = self.writer.try_send(Message::Tidy);
        }
        Ok(())
    }

    /// Puts a record that can't be handed on into a file of its own, for a person; it is not done by that.
    ///
    /// # Errors
    /// It can't be written.
    pub fn set_aside(&mut self, record: &[u8]) -> io::Result<PathBuf> {
        let name = format!("{:020}-{:08x}.record", self.at.number, rand::random::<u32>());
        let path = self.shared.folder.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(record)?;
        file.sync_all()?;
        sync_folder(&self.shared.folder)?;
        Ok(path)
    }

    /// The first file at or behind where we are.
    fn file(&self) -> Option<Filed> {
        self.shared.lock().files.iter().find(|file| file.number >= self.at.number).copied()
    }

    fn read(&mut self, number: u64, length: u64, count: usize) -> io::Result<Batch> {
        let path = path_of(&self.shared.folder, number);
        let mut batch = Batch { end: self.at, ..Batch::default() };
        if self.at.offset >= length {
            return Ok(batch);
        }
        let Some(loaded) = self.load(number, length, &path)? else {
            let damage = Damage { file: path, offset: 0, bytes: length, harm: Harm::Corrupt };
            return Ok(Batch { damage: vec![damage], end: Place { number, offset: length }, ..batch });
        };
        let mut at = usize::try_from(self.at.offset).unwrap_or(usize::MAX);
        while batch.records.len() < count
            && let Some(item) = next(loaded.salt, &loaded.bytes, at)
        {
            at = match item {
                Item::Record(place) => {
                    batch.bytes += size_of_record(place.len());
                    batch.records.push(loaded.bytes.slice(place.clone()));
                    place.end
                }
                Item::Bad(place) => {
                    batch.damage.push(Damage {
                        file: path.clone(),
                        offset: place.start as u64,
                        bytes: place.len() as u64,
                        harm: Harm::Corrupt,
                    });
                    place.end
                }
            };
        }
        batch.end.offset = at as u64;
        Ok(batch)
    }

    /// The file in memory, read again if it has grown.
    fn load(&mut self, number: u64, length: u64, path: &Path) -> io::Result<Option<Loaded>> {
        if let Some((of, loaded)) = &self.loaded
            && *of == number
            && (loaded.bytes.len() as u64 >= length || self.at.offset < loaded.bytes.len() as u64)
        {
            return Ok(Some(loaded.clone()));
        }
        let loaded = load(path, length)?;
        self.loaded = loaded.clone().map(|loaded| (number, loaded));
        Ok(loaded)
    }

    /// Removes a file that is drained. False: it is the last, and may still grow.
    fn leave(&mut self, number: u64) -> io::Result<bool> {
        {
            let mut state = self.shared.lock();
            if state.growing == Some(number) {
                return Ok(false);
            }
            state.files.retain(|file| file.number != number);
        }
        self.loaded = None;
        self.at = Place::beginning(number + 1);
        let path = path_of(&self.shared.folder, number);
        if self.damaged.contains(&number) {
            self.damaged.retain(|of| *of != number);
            gone_is_good(set_aside(&path))?;
        } else {
            gone_is_good(std::fs::remove_file(&path))?;
        }
        Ok(true)
    }
}

/// Somebody else may have removed the file.
fn gone_is_good(done: io::Result<()>) -> io::Result<()> {
    done.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}
