//! The one reader of the environment.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::{Failure, Options};

/// Variables, with command-line flags above them.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    above: Arc<HashMap<String, String>>,
}

// === impl Environment ===

impl Environment {
    /// Flags stand above the variables that they name; `--port` above `port_variable`.
    pub fn under(options: &Options, port_variable: &str) -> Self {
        let given = [
            ("REDIS_URL", options.redis_url.clone()),
            ("BIND", options.bind.map(|bind| bind.to_string())),
            (port_variable, options.port.map(|port| port.to_string())),
        ];
        let above = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Self { above: Arc::new(above.collect()) }
    }

    /// The same environment with one more value above it.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut above = (*self.above).clone();
        above.insert(name.to_owned(), value.into());
        Self { above: Arc::new(above) }
    }

    /// A variable's value; an empty one counts as absent.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub fn get(&self, name: &str) -> Option<String> {
        self.above.get(name).cloned().or_else(|| std::env::var(name).ok()).filter(|value| !value.is_empty())
    }

    /// `HOOKSTREAM_CONFIG`, or `hookstream.toml` in this folder.
    pub fn config(&self, options: &Options) -> PathBuf {
        let named = options.config.clone().or_else(|| self.get("HOOKSTREAM_CONFIG").map(PathBuf::from));
        named.unwrap_or_else(|| PathBuf::from("hookstream.toml"))
    }

    /// Is a switch on?
    ///
    /// # Errors
    /// A value that is neither, named.
    pub fn switch(&self, name: &str, default: bool) -> Result<bool, Failure> {
        let Some(value) = self.get(name) else { return Ok(default) };
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(Failure::Usage(format!("{name} is `{value}`; expected true or false"))),
        }
    }

    /// Where a service listens: `BIND` and the variable of its port, over what the file or the service says.
    ///
    /// # Errors
    /// A value that is no address or port, named.
    pub fn listen(
        &self,
        port_variable: &'static str,
        default: (Option<IpAddr>, u16),
    ) -> Result<SocketAddr, Failure> {
        let wrong = |name: &str, value: String, expected: &str| {
            Failure::Usage(format!("{name} is `{value}`; expected {expected}"))
        };
        let bind = match self.get("BIND") {
            Some(value) => {
                value.parse().map_err(|_| wrong("BIND", value, "an IP address, such as 127.0.0.1"))?
            }
            None => default.0.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        };
        let port = match self.get(port_variable) {
            Some(value) => {
                value.parse().map_err(|_| wrong(port_variable, value, "a port from 0 to 65535"))?
            }
            None => default.1,
        };
        Ok(SocketAddr::new(bind, port))
    }
}
