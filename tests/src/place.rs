//! Where things are.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Output;

/// The repository's root.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository")
}

/// A program as it was built beside this test, or beside this program.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a file");
    let mut folder = test.parent().expect("a file lies in a folder");
    if folder.ends_with("deps") || folder.ends_with("examples") {
        folder = folder.parent().expect("a test lies in target/<profile>/deps");
    }
    let program = folder.join(name);
    assert!(program.exists(), "{} is not built; `make test` builds it", program.display());
    program
}

/// A port that nobody listens on just now, and that the kernel hands to nobody who asks for any: those begin at 32768.
pub fn free_port() -> u16 {
    let mut ports = std::iter::repeat_with(|| rand::random_range(16_384..32_768));
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("loopback has free ports")
}

/// Runs `hookstream` to its end.
pub async fn run(arguments: &[&str], environment: &[(&str, String)]) -> Output {
    let mut command = tokio::process::Command::new(built("hookstream"));
    command.args(arguments).env_remove("RUST_LOG").env("NO_COLOR", "1");
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.kill_on_drop(true).output().await.expect("hookstream runs")
}
