//! `hookstream-router`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main(router::ABOUT, router::route)
}
