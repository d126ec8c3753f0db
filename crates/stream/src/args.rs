//! What a function is called with: one buffer, not an allocation for each argument.

use std::fmt::{self, Write as _};
use std::io;

use redis::RedisWrite;

/// Arguments, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Args {
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

/// Writes the last of them.
struct Last<'a>(&'a mut Args);

// === impl Args ===

impl Args {
    /// With room for so many arguments, of so many bytes in all.
    pub(crate) fn with_capacity(args: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(args) }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }

    /// All of `others` after these.
    pub(crate) fn append(&mut self, others: &Self) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&others.bytes);
        self.ends.extend(others.ends.iter().map(|end| start + end));
    }
}

impl RedisWrite for Args {
    fn write_arg(&mut self, arg: &[u8]) {
        self.bytes.extend_from_slice(arg);
        self.ends.push(self.bytes.len());
    }

    fn write_arg_fmt(&mut self, arg: impl fmt::Display) {
        self.ends.push(self.bytes.len());
        write!(Last(self), "{arg}").expect("a buffer takes everything");
    }

    fn writer_for_next_arg(&mut self) -> impl io::Write + '_ {
        self.ends.push(self.bytes.len());
        Last(self)
    }
}

// === impl Last ===

impl Last<'_> {
    fn add(&mut self, bytes: &[u8]) {
        self.0.bytes.extend_from_slice(bytes);
        if let Some(end) = self.0.ends.last_mut() {
            *end = self.0.bytes.len();
        }
    }
}

impl fmt::Write for Last<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

impl io::Write for Last<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use redis::ToRedisArgs;

    use super::*;

    #[test]
    fn they_come_out_as_they_went_in() {
        let mut args = Args::default();
        "text".write_redis_args(&mut args);
        17_u64.write_redis_args(&mut args);
        "".write_redis_args(&mut args);
        args.write_arg_fmt(format_args!("{}-{}", 1, 2));
        let mut all = Args::default();
        b"first".write_redis_args(&mut all);
        all.append(&args);
        let expected: [&[u8]; 5] = [b"text", b"17", b"", b"1-2", b"last"];
        all.write_arg(b"last");
        assert_eq!(all.iter().skip(all.len() - 5).collect::<Vec<_>>(), expected);
        assert_eq!(args.iter().collect::<Vec<_>>(), expected[..4]);
    }
}
