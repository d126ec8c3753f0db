//! Many cases at once: one JSON object a line in, one a line out, in the same order.

use std::io::{BufRead, BufWriter, Write};
use std::path::Path;

use service::Failure;

use super::case::Case;
use crate::input;
use crate::output::written;

/// Judges each line of the file, or of standard input, as it comes. Whether all are valid.
pub(crate) fn run(file: &Path, now: i64) -> Result<bool, Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut all = true;
    for line in input::open(file)?.split(b'\n') {
        let line = line.map_err(|error| input::unreadable(file, &error))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let told = Case::judge_line(&line, now);
        all &= told["valid"] == true;
        // Whoever asks line by line waits for each answer.
        written(writeln!(out, "{told}").and_then(|()| out.flush()));
    }
    Ok(all)
}
