//! Flags that every service takes.

use std::net::IpAddr;
use std::path::PathBuf;

/// Flags stand above the environment, the environment above the file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    #[arg(
        long,
        help = "The configuration file [default: $HOOKSTREAM_CONFIG, or hookstream.toml]",
        value_name = "FILE"
    )]
    pub config: Option<PathBuf>,
    #[arg(
        long,
        help = "Redis [default: $REDIS_URL, or the file's, or redis://127.0.0.1:6379]",
        value_name = "URL"
    )]
    pub redis_url: Option<String>,
    #[arg(
        long,
        help = "Address to listen on [default: $BIND, or the file's, or 0.0.0.0]",
        value_name = "ADDRESS"
    )]
    pub bind: Option<IpAddr>,
    #[arg(long, help = "Port to listen on [default: $PORT, or the service's own]", value_name = "PORT")]
    pub port: Option<u16>,
}
