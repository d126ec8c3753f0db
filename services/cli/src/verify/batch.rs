//! Many cases at once: one JSON object a line in, one a line out, in the same order.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use service::Failure;

use super::case::Case;

/// Judges each line of the file, or of standard input, as it comes. Whether all are valid.
pub(crate) fn run(file: &Path, now: i64) -> Result<bool, Failure> {
    let failed = |what: &str| {
        let what = format!("{what} {}", file.display());
        move |source| Failure::Io { what: what.clone(), source }
    };
    let input: Box<dyn std::io::Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(failed("can't read"))?)
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut all = true;
    for line in BufReader::new(input).lines() {
        let line = line.map_err(failed("can't read"))?;
        if line.trim().is_empty() {
            continue;
        }
        let told = Case::judge_line(&line, now);
        all &= told["valid"] == true;
        writeln!(out, "{told}").map_err(failed("can't write the verdicts on"))?;
    }
    out.flush().map_err(failed("can't write the verdicts on"))?;
    Ok(all)
}
