//! One file of records.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::record::{FILE_HEADER, Salt, file_header, salt_of};

/// A file being written.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    pub(crate) salt: Salt,
    /// Bytes known to be on disk; what stands behind them is nobody's.
    pub(crate) synced: u64,
    path: PathBuf,
    file: File,
}

/// A file as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) salt: Salt,
    pub(crate) bytes: Bytes,
}

pub(crate) const SUFFIX: &str = "spool";

/// Where the file of this number is.
pub(crate) fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:020}.{SUFFIX}"))
}

/// Reads at most `most` bytes of a file; none if it is not one of ours, or somebody has removed it.
pub(crate) fn load(path: &Path, most: u64) -> io::Result<Option<Loaded>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(most).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(salt_of(&bytes).map(|salt| Loaded { salt, bytes: bytes.into() }))
}

/// Makes what was made or removed in a folder last.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

// === impl Segment ===

impl Segment {
    /// A new file, empty until the first append.
    pub(crate) fn create(folder: &Path, number: u64) -> io::Result<Self> {
        let path = path_of(folder, number);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let made = sync_folder(folder);
        if made.is_err() {
            let _ = std::fs::remove_file(&path);
        }
        made?;
        Ok(Self { number, salt: Salt::random(), synced: 0, path, file })
    }

    /// Writes records and waits until they are on disk. After an error, this file must not be written again: the
    /// system may have forgotten what it could not write, and then says that all is well.
    pub(crate) fn append(&mut self, records: &[u8]) -> io::Result<()> {
        let written = self.write(records);
        if written.is_err() {
            // What is half there would be cut off or passed over by whoever reads it; this only saves the report.
            let _ = self.file.set_len(self.synced);
            if self.synced == 0 {
                let _ = std::fs::remove_file(&self.path);
            }
        }
        written
    }

    fn write(&mut self, records: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.synced))?;
        let mut length = records.len();
        if self.synced == 0 {
            self.file.write_all(&file_header(self.salt))?;
            length += FILE_HEADER;
        }
        self.file.write_all(records)?;
        self.file.sync_data()?;
        self.synced += u64::try_from(length).unwrap_or(u64::MAX);
        Ok(())
    }
}
