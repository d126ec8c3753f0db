//! `hookstream-archiver`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main(archiver::ABOUT, archiver::archive)
}
