//! `hookstream completions`: the shell completes commands and flags.

use std::process::ExitCode;

use clap_complete::Shell;

use crate::Ended;
use crate::output::say;

/// Print a script with which the shell completes this command
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    shell: Shell,
}

// === impl Completions ===

impl Completions {
    pub(crate) fn run(self, mut command: clap::Command) -> Ended {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "hookstream", &mut script);
        say(String::from_utf8_lossy(&script).trim_end());
        Ok(ExitCode::SUCCESS)
    }
}
