//! The one thread that writes: whatever waits goes to disk together, with one sync.

use std::io;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::record::encode;
use crate::segment::{Segment, path_of};
use crate::state::{Filed, Shared, Waiting, size_of_record};

/// Why a record is not on disk. What was being written when it failed is cut off again, or was never whole.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    #[error("the spool is full: {max_bytes} bytes wait on disk")]
    Full { max_bytes: u64 },
    #[error("the spool can't be written: {0}")]
    Disk(Arc<io::Error>),
    #[error("the spool's writer has ended")]
    Ended,
}

/// Who waits to hear that a record is on disk.
type Told = oneshot::Sender<Result<(), AppendError>>;

pub(crate) enum Message {
    Append {
        payload: Vec<u8>,
        told: Told,
    },
    /// Everything is drained: remove the file that is being written too.
    Tidy,
}

/// Written with one sync at most, but for a single record that is larger.
const MOST_AT_ONCE: u64 = 4 << 20;

pub(crate) struct Writer {
    shared: Arc<Shared>,
    messages: mpsc::Receiver<Message>,
    segment: Option<Segment>,
    next_number: u64,
    segment_bytes: u64,
}

/// Records for one write, and who waits for it.
#[derive(Default)]
struct Group {
    payloads: Vec<(Vec<u8>, Told)>,
    bytes: u64,
}

// === impl Writer ===

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        messages: mpsc::Receiver<Message>,
        next_number: u64,
        segment_bytes: u64,
    ) -> Self {
        Self { shared, messages, segment: None, next_number, segment_bytes }
    }

    /// Writes until every handle is gone.
    pub(crate) fn run(mut self) {
        let mut held = None;
        while let Some(message) = held.take().or_else(|| self.messages.blocking_recv()) {
            match message {
                Message::Tidy => self.tidy(),
                Message::Append { payload, told } => held = self.write_group(payload, told),
            }
        }
    }

    /// The first record and all that wait behind it. Gives back a message that is for later.
    fn write_group(&mut self, payload: Vec<u8>, told: Told) -> Option<Message> {
        let (mut group, mut later) = (Group::default(), None);
        self.join(&mut group, payload, told);
        while group.bytes < MOST_AT_ONCE {
            match self.messages.try_recv() {
                Ok(Message::Append { payload, told }) => self.join(&mut group, payload, told),
                Ok(other) => {
                    later = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        if !group.payloads.is_empty() {
            let written = self.write(&group).map_err(|error| AppendError::Disk(Arc::new(error)));
            for (_, told) in group.payloads {
                // Whoever no longer waits has sent a record that comes all the same: it is the same event.
                let _ = told.send(written.clone());
            }
        }
        later
    }

    /// Takes a record into the group, if there is room for it.
    fn join(&self, group: &mut Group, payload: Vec<u8>, told: Told) {
        let size = size_of_record(payload.len());
        let (waiting, max_bytes) = {
            let state = self.shared.lock();
            (state.waiting().bytes, state.max_bytes)
        };
        if waiting + group.bytes + size > max_bytes || u32::try_from(payload.len()).is_err() {
            let _ = told.send(Err(AppendError::Full { max_bytes }));
            return;
        }
        group.bytes += size;
        group.payloads.push((payload, told));
    }

    fn write(&mut self, group: &Group) -> io::Result<()> {
        let mut segment = match self.segment.take() {
            Some(segment) if segment.synced < self.segment_bytes => segment,
            _ => self.begin()?,
        };
        let mut records = Vec::with_capacity(usize::try_from(group.bytes).unwrap_or(0));
        for (payload, _) in &group.payloads {
            encode(segment.salt, payload, &mut records);
        }
        let written = segment.append(&records);
        let mut state = self.shared.lock();
        if let Err(error) = written {
            // This file is left as it is; the next group begins another.
            state.growing = None;
            if segment.synced == 0 {
                state.files.retain(|file| file.number != segment.number);
            }
            return Err(error);
        }
        if let Some(last) = state.files.back_mut() {
            last.length = segment.synced;
            group.payloads.iter().for_each(|(payload, _)| last.waiting.add(payload.len()));
        }
        drop(state);
        self.segment = Some(segment);
        self.shared.came.notify_one();
        Ok(())
    }

    fn begin(&mut self) -> io::Result<Segment> {
        // The one before is full or broken: it may be drained and go, even where no other can be made now.
        self.shared.lock().growing = None;
        let number = self.next_number;
        // Counted first: a file that could neither be made nor removed stands in nobody's way.
        self.next_number += 1;
        let segment = Segment::create(&self.shared.folder, number)?;
        let mut state = self.shared.lock();
        state.files.push_back(Filed { number, length: 0, waiting: Waiting::default() });
        state.growing = Some(segment.number);
        Ok(segment)
    }

    /// Removes what is drained, if that is all. Only this thread adds, so that nothing comes in between.
    fn tidy(&mut self) {
        let mut state = self.shared.lock();
        if state.waiting().records > 0 {
            return;
        }
        self.segment = None;
        state.growing = None;
        for Filed { number, .. } in state.files.drain(..) {
            // One that stays is looked at again at the next start, and comes again then.
            let _ = std::fs::remove_file(path_of(&self.shared.folder, number));
        }
    }
}
