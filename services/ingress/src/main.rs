//! `hookstream-ingress`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main(ingress::ABOUT, ingress::accept)
}
