//! `hookstream-worker`: see the library.

use std::process::ExitCode;

use worker::Registry;

fn main() -> ExitCode {
    worker::main(Registry::new())
}
