//! The way in.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, mpsc, oneshot};

use crate::drain::Drain;
use crate::folder::{Found, OpenError, take};
use crate::state::{Shared, State, Waiting};
use crate::writer::{AppendError, Message, Writer};

/// A handle for whoever has records to keep. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Spool {
    shared: Arc<Shared>,
    writer: mpsc::Sender<Message>,
}

/// Appends that may wait for the writer; more wait before the queue.
const QUEUE: usize = 1024;

/// Bytes of one file: small enough to be read at once, large enough to be few.
const SEGMENT: u64 = 16 << 20;

// === impl Spool ===

impl Spool {
    /// Takes the folder, makes it where there is none, cuts torn tails off, and starts the writer.
    ///
    /// # Errors
    /// The folder can't be used, or is another process's.
    pub fn open(folder: &Path, max_bytes: u64) -> Result<(Self, Drain, Found), OpenError> {
        let taken = take(folder)?;
        let state = State { files: taken.left.into(), growing: None, max_bytes };
        let waiting = state.waiting();
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            state: Mutex::new(state),
            came: Notify::new(),
            _lock: taken.lock,
        });
        let (sender, receiver) = mpsc::channel(QUEUE);
        let segment = SEGMENT.min(max_bytes / 8);
        let writer = Writer::new(shared.clone(), receiver, taken.next_number, segment);
        std::thread::Builder::new()
            .name("spool".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| OpenError::Folder { folder: folder.to_owned(), source })?;
        let drain = Drain::new(shared.clone(), sender.clone(), taken.start);
        Ok((Self { shared, writer: sender }, drain, Found { waiting, torn: taken.torn }))
    }

    /// Keeps a record: on disk, with its checksum, once this returns. Dropped before, it may or may not be.
    ///
    /// # Errors
    /// There is no room, or the disk can't be written.
    pub async fn append(&self, payload: Vec<u8>) -> Result<(), AppendError> {
        let (told, answer) = oneshot::channel();
        self.writer.send(Message::Append { payload, told }).await.map_err(|_| AppendError::Ended)?;
        answer.await.map_err(|_| AppendError::Ended)?
    }

    pub fn waiting(&self) -> Waiting {
        self.shared.lock().waiting()
    }

    /// Is there no room for even a small record?
    pub fn is_full(&self) -> bool {
        let state = self.shared.lock();
        state.waiting().bytes + SMALL > state.max_bytes
    }

    /// From now on.
    pub fn set_max_bytes(&self, max_bytes: u64) {
        self.shared.lock().max_bytes = max_bytes;
    }

    /// Returns once something waits, at once if it does.
    pub async fn filled(&self) {
        loop {
            let came = self.shared.came.notified();
            if self.waiting().records > 0 {
                return;
            }
            came.await;
        }
    }

    /// Does a folder hold records that somebody should take? For whoever is about not to open it.
    ///
    /// # Errors
    /// It is there and can't be read.
    pub fn is_left_in(folder: &Path) -> io::Result<bool> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            if entry.path().extension().is_some_and(|suffix| suffix == crate::segment::SUFFIX)
                && entry.metadata()?.len() > 0
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// An event with a body of a kilobyte.
const SMALL: u64 = 2048;
