//! The folder: whose it is, and what was left in it.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::record::{Damage, FILE_HEADER, Harm, Item, Salt, next};
use crate::segment::{SUFFIX, load, path_of, sync_folder};
use crate::state::{Filed, Place, Waiting};

/// What stood in the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Records that nobody has taken.
    pub waiting: Waiting,
    /// Tails that were cut off. Damage in between is reported as it is drained.
    pub torn: Vec<Damage>,
}

/// Why the folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the folder {} can't be used: {source}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the folder {} is another process's: each needs one of its own", folder.display())]
    Taken { folder: PathBuf },
}

/// A folder that is ours, and its contents.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Held as long as the folder is ours.
    pub(crate) lock: File,
    pub(crate) left: Vec<Filed>,
    pub(crate) start: Place,
    pub(crate) torn: Vec<Damage>,
    pub(crate) next_number: u64,
}

const LOCK: &str = "lock";
const CURSOR: &str = "cursor";

/// Takes a folder, making it where there is none.
pub(crate) fn take(folder: &Path) -> Result<Taken, OpenError> {
    let trouble = |source| OpenError::Folder { folder: folder.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(trouble)?;
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(trouble)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(folder.join(LOCK))
        .map_err(trouble)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::Taken { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(trouble(source)),
    }
    look(folder, lock).map_err(trouble)
}

fn look(folder: &Path, lock: File) -> io::Result<Taken> {
    let numbers = numbers(folder)?;
    let cursor = read_cursor(folder);
    let mut taken = Taken {
        lock,
        left: Vec::new(),
        start: Place::default(),
        torn: Vec::new(),
        next_number: numbers.last().map_or(1, |last| last + 1),
    };
    for number in numbers {
        look_at(folder, number, cursor, &mut taken)?;
    }
    let first = taken.left.first().map_or(0, |left| left.number);
    if taken.start.number != first {
        taken.start = Place::beginning(first);
    }
    sync_folder(folder)?;
    Ok(taken)
}

/// One file: its tail cut off if it is torn, and away with it if nothing of it waits.
fn look_at(folder: &Path, number: u64, cursor: Option<(Salt, u64)>, taken: &mut Taken) -> io::Result<()> {
    let path = path_of(folder, number);
    let Some(loaded) = load(&path, u64::MAX)? else {
        let bytes = path.metadata()?.len();
        if bytes > 0 {
            // Its first write was cut off, or it is not ours; nothing in it was promised to be on disk.
            taken.torn.push(Damage { file: path.clone(), offset: 0, bytes, harm: Harm::Torn });
            return set_aside(&path);
        }
        return std::fs::remove_file(&path);
    };
    let drained = cursor.filter(|(salt, _)| *salt == loaded.salt).map(|(_, offset)| offset);
    if drained.is_some() {
        // Whatever comes before what is being drained is drained.
        for left in taken.left.drain(..) {
            std::fs::remove_file(path_of(folder, left.number))?;
        }
    }
    let begin = drained.unwrap_or(0).max(FILE_HEADER as u64);
    let mut at = usize::try_from(begin).unwrap_or(usize::MAX);
    let (mut waiting, mut end) = (Waiting::default(), at.min(loaded.bytes.len()));
    let mut tail = None;
    while let Some(item) = next(loaded.salt, &loaded.bytes, at) {
        let (place, good) = match item {
            Item::Record(place) => (place, true),
            Item::Bad(place) => (place, false),
        };
        tail = (!good).then(|| place.clone());
        if good {
            waiting.add(place.len());
            end = place.end;
        }
        at = place.end;
    }
    if let Some(place) = tail {
        let bytes = (loaded.bytes.len() - end) as u64;
        taken.torn.push(Damage { file: path.clone(), offset: place.start as u64, bytes, harm: Harm::Torn });
        OpenOptions::new().write(true).open(&path)?.set_len(end as u64)?;
    }
    if waiting.records == 0 {
        return std::fs::remove_file(&path);
    }
    if drained.is_some() {
        taken.start = Place { number, offset: begin };
    }
    taken.left.push(Filed { number, length: end as u64, waiting });
    Ok(())
}

/// The files' numbers, in order.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|suffix| suffix == SUFFIX)
            && let Some(number) = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok())
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Keeps a file for a person to look at.
pub(crate) fn set_aside(path: &Path) -> io::Result<()> {
    std::fs::rename(path, path.with_extension(format!("{SUFFIX}.damaged")))
}

/// Remembers how far the file with this salt was drained. Not synced: one that is too old only brings records again.
pub(crate) fn write_cursor(folder: &Path, salt: Salt, offset: u64) -> io::Result<()> {
    let mut bytes = salt.0.to_vec();
    bytes.extend(offset.to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    let path = folder.join(CURSOR);
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0)
}

fn read_cursor(folder: &Path) -> Option<(Salt, u64)> {
    let bytes: [u8; 20] = std::fs::read(folder.join(CURSOR)).ok()?.try_into().ok()?;
    let check = u32::from_le_bytes(bytes[16..].try_into().ok()?);
    let salt = Salt(bytes[..8].try_into().ok()?);
    (crc32c::crc32c(&bytes[..16]) == check)
        .then_some((salt, u64::from_le_bytes(bytes[8..16].try_into().ok()?)))
}
