//! `hookstream-metrics`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main(metrics::ABOUT, metrics::report)
}
