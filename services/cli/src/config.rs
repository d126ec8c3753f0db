//! `hookstream config`: about the configuration file.

use std::io::Read;
use std::process::ExitCode;

use clap::Subcommand;
use service::{Environment, Failure};

use crate::Ended;
use crate::output::say;

/// About the configuration file
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the JSON Schema of the configuration file, for editors that check TOML
    Schema,
    /// Print the SHA-256 of an admin token, for `[[admin.tokens]]`
    HashToken(HashToken),
}

/// Print the SHA-256 of an admin token, for `[[admin.tokens]]`
#[derive(Debug, clap::Args)]
struct HashToken {
    /// The environment variable that holds the token [default: it is read from standard input]
    #[arg(long, value_name = "VAR")]
    env: Option<String>,
}

/// Shorter ones can be guessed: their hash is not a slow one.
const SHORTEST_TOKEN: usize = 16;

// === impl ConfigCommand ===

impl ConfigCommand {
    pub(crate) fn run(self) -> Ended {
        match self.what {
            What::Schema => say(format_args!("{:#}", settings::schema())),
            What::HashToken(hash_token) => say(ingress::hash_token(&hash_token.token()?)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

// === impl HashToken ===

impl HashToken {
    /// Without the line end that a shell or an editor left behind it.
    fn token(&self) -> Result<String, Failure> {
        let token = match &self.env {
            Some(name) => Environment::default()
                .get(name)
                .ok_or_else(|| Failure::Usage(format!("the environment variable {name} is not set")))?,
            None => {
                let mut token = String::new();
                std::io::stdin()
                    .read_to_string(&mut token)
                    .map_err(|error| Failure::Usage(format!("standard input can't be read: {error}")))?;
                token
            }
        };
        let token = token.trim_end_matches(['\r', '\n']);
        if token.len() < SHORTEST_TOKEN || token.contains(char::is_whitespace) {
            return Err(Failure::Usage(format!(
                "a token has at least {SHORTEST_TOKEN} characters and no spaces; `openssl rand -hex 32` makes a good one"
            )));
        }
        Ok(token.to_owned())
    }
}
