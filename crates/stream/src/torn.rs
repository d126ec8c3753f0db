//! The end of an append-only file whose Redis was killed while it wrote.
//!
//! What one function does stands there between `MULTI` and `EXEC`. Where the file ends in between, within a command, Redis
//! takes off that command at its start and leaves the `MULTI` open: what it writes from then on stands behind it. The start
//! after that carries all of it out together, or cuts all of it off. So we take off the whole transaction beforehand.
//!
//! `redis-check-aof --fix` takes off everything from the first place that it does not like, which may be in the middle.
//! Here only a transaction goes that the end of the file interrupts; whatever else is wrong, Redis is left to say.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Names that Redis gives unless told otherwise.
const FOLDER: &str = "appendonlydir";
const MANIFEST: &str = "appendonly.aof.manifest";
/// Longer than any line with a number.
const LINE: u64 = 32;

/// Takes an interrupted transaction off the end of the append-only file in `folder`, where Redis does not run now.
/// Returns how many bytes that were; 0 as a rule. Reads the newest part of the file to its end.
pub(crate) fn cut_off(folder: &Path) -> io::Result<u64> {
    let Some(path) = newest(&folder.join(FOLDER))? else {
        return Ok(0);
    };
    let file = File::options().read(true).write(true).open(path)?;
    let size = file.metadata()?.len();
    let Some(begin) = interrupted(&mut BufReader::new(&file))? else {
        return Ok(0);
    };
    file.set_len(begin)?;
    file.sync_all()?;
    Ok(size - begin)
}

/// The file that is written to: the last of type `i` in the manifest.
fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let manifest = match fs::read_to_string(folder.join(MANIFEST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        manifest => manifest?,
    };
    let name = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        ["file", name, "seq", _, "type", "i", ..] => Some(folder.join(name)),
        _ => None,
    };
    Ok(manifest.lines().rev().find_map(name))
}

/// Where the transaction begins that the file's end interrupts.
fn interrupted(file: &mut impl BufRead) -> io::Result<Option<u64>> {
    let (mut commands, mut open) = (Commands { file, at: 0 }, None);
    loop {
        let begin = commands.at;
        match (commands.next(), open) {
            (Ok(Command::Multi), None) => open = Some(begin),
            // Written behind an open one, by a server that started without us.
            (Ok(Command::Multi), Some(_)) | (Err(Stop::Strange), _) => return Ok(None),
            (Ok(Command::Exec), _) => open = None,
            (Ok(Command::Other), _) => {}
            (Err(Stop::End), open) => return Ok(open),
            (Err(Stop::Failed(error)), _) => return Err(error),
        }
    }
}

enum Command {
    Multi,
    Exec,
    Other,
}

/// Why there is no further command.
enum Stop {
    /// The file ends here, perhaps within a command.
    End,
    /// This is not what Redis writes.
    Strange,
    Failed(io::Error),
}

/// `*2`, `$3`, `GET`, `$1`, `a`: each on a line that ends with CR and LF.
struct Commands<'a, F> {
    file: &'a mut F,
    /// So many bytes were read.
    at: u64,
}

// === impl Commands ===

impl<F: BufRead> Commands<'_, F> {
    fn next(&mut self) -> Result<Command, Stop> {
        let words = self.number(b'*')?;
        if words == 0 {
            return Err(Stop::Strange);
        }
        let name = self.name()?;
        for _ in 1..words {
            let length = self.number(b'$')?;
            self.skip(length)?;
            self.line_ends()?;
        }
        Ok(match &name[..] {
            b"MULTI" => Command::Multi,
            b"EXEC" => Command::Exec,
            _ => Command::Other,
        })
    }

    /// The first word, in capitals. Empty: a long one.
    fn name(&mut self) -> Result<Vec<u8>, Stop> {
        let length = self.number(b'$')?;
        let mut name = Vec::new();
        if length < LINE {
            self.read(length, &mut name)?;
        } else {
            self.skip(length)?;
        }
        self.line_ends()?;
        name.make_ascii_uppercase();
        Ok(name)
    }

    /// A line of this sign and a number.
    fn number(&mut self, sign: u8) -> Result<u64, Stop> {
        let mut line = Vec::new();
        self.at += self.file.by_ref().take(LINE).read_until(b'\n', &mut line)? as u64;
        match &line[..] {
            [] => Err(Stop::End),
            [first, digits @ .., b'\r', b'\n'] if *first == sign => {
                str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(Stop::Strange)
            }
            [first, .., last] if *first == sign && *last != b'\n' && (line.len() as u64) < LINE => {
                Err(Stop::End)
            }
            [first] if *first == sign => Err(Stop::End),
            _ => Err(Stop::Strange),
        }
    }

    fn line_ends(&mut self) -> Result<(), Stop> {
        let mut end = Vec::new();
        self.read(2, &mut end)?;
        if end == b"\r\n" { Ok(()) } else { Err(Stop::Strange) }
    }

    fn read(&mut self, length: u64, into: &mut Vec<u8>) -> Result<(), Stop> {
        let read = self.file.by_ref().take(length).read_to_end(into)? as u64;
        self.at += read;
        if read == length { Ok(()) } else { Err(Stop::End) }
    }

    fn skip(&mut self, length: u64) -> Result<(), Stop> {
        let skipped = io::copy(&mut self.file.by_ref().take(length), &mut io::sink())?;
        self.at += skipped;
        if skipped == length { Ok(()) } else { Err(Stop::End) }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> String {
        let words: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
        format!("*{}\r\n{words}", words.matches('$').count())
    }

    fn found(text: &str) -> Option<u64> {
        interrupted(&mut text.as_bytes()).unwrap()
    }

    #[test]
    fn a_file_that_ends_anywhere_is_cut_before_the_transaction_it_ends_within_and_nowhere_else() {
        let before = command(&["SELECT", "0"]) + &command(&["XADD", "a", "1-1", "long", &"x".repeat(50)]);
        let multi = command(&["multi"]);
        let within = command(&["XADD", "a", "1-2", "two\r\nlines", ""]) + &command(&["SET", "mark", "1"]);
        let text = [&before, &multi, &within, &command(&["EXEC"]), &before].map(String::as_str).concat();
        let begin = before.len();
        let open = begin + multi.len()..begin + multi.len() + within.len() + command(&["EXEC"]).len();
        for end in 0..=text.len() {
            let expected = open.contains(&end).then_some(begin as u64);
            assert_eq!(found(&text[..end]), expected, "{:?}", &text[..end]);
        }
    }

    #[test]
    fn what_is_not_interrupted_by_the_files_end_is_left_alone() {
        let (multi, add) = (command(&["MULTI"]), command(&["XADD", "a", "1-1", "b", "c"]));
        for strange in ["x", "$1\r\n", "*0\r\n", "*-1\r\n", "*1\n", "*1\r\n*", "*1\r\n$1\r\nabc", "\0\0\0"] {
            assert_eq!(found(&format!("{multi}{add}{strange}")), None, "{strange:?}");
        }
        let digits = "1".repeat(40);
        assert_eq!(found(&format!("{multi}{add}*{digits}")), None);
        // A server that started without us has written behind an open transaction: that is more than one transaction now.
        assert_eq!(found(&format!("{multi}{add}{multi}{add}")), None);
    }

    #[test]
    fn the_newest_file_is_the_manifests_last_that_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(newest(folder.path()).unwrap(), None);
        let manifest = "file appendonly.aof.2.base.rdb seq 2 type b\n\
                        file appendonly.aof.1.incr.aof seq 1 type h\n\
                        file appendonly.aof.2.incr.aof seq 2 type i\n\
                        file appendonly.aof.3.incr.aof seq 3 type i startoffset 7\n";
        fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        assert_eq!(newest(folder.path()).unwrap(), Some(folder.path().join("appendonly.aof.3.incr.aof")));
    }
}
