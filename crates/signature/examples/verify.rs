//! Verifies one request from the command line, and says what is wrong with it.
//!
//! ```text
//! cargo run -p hookstream-signature --example verify -- \
//!     github "It's a Secret to Everybody" "Hello, World!" \
//!     "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
//! ```
#![expect(clippy::print_stdout, reason = "an example answers on standard output")]

use std::{env, error::Error, process::ExitCode};

use hookstream_signature::create_verifier;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(provider), Some(secret), Some(body)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: verify PROVIDER SECRET BODY ['NAME: VALUE']…".into());
    };
    let headers = arguments.map(|line| header(&line)).collect::<Result<Vec<_>, _>>()?;
    let verifier = create_verifier(&provider, &secret)?;
    let diagnosis = verifier.diagnose(&headers, body.as_bytes(), now()?);
    println!("{diagnosis}");
    Ok(if diagnosis.verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or_else(|| format!("{line:?} is not 'NAME: VALUE'"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[expect(clippy::disallowed_methods, reason = "an example has no other clock to take the time from")]
fn now() -> Result<i64, Box<dyn Error>> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_secs())?)
}
