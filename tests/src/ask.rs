//! Admin pages, and Redis as an operator sees it.

use std::process::{Output, Stdio};

use event::Millis;
use reqwest::Method;
use serde_json::Value;
use stream::Store;

use crate::until;

/// What tests give as `ADMIN_TOKEN` to programs that stand alone. `hookstream dev` needs none.
pub const ADMIN_TOKEN: &str = "admin_token_of_the_tests";

/// Asks a page with the admin's token; its status and JSON body.
pub async fn ask(method: Method, url: &str, body: Option<Value>) -> (u16, Value) {
    let request = reqwest::Client::new().request(method, url).bearer_auth(ADMIN_TOKEN);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let answer = request.send().await.expect("the gateway answers");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// `redis-cli` to its end: the keys are plain, so an operator's own tools must do.
pub async fn redis_cli(url: &str, arguments: &[&str]) -> String {
    try_redis_cli(url, arguments).await.unwrap_or_else(|out| panic!("redis-cli {arguments:?}: {out:?}"))
}

/// The same; what it left behind if it failed.
pub(crate) async fn try_redis_cli(url: &str, arguments: &[&str]) -> Result<String, Output> {
    let mut command = tokio::process::Command::new("redis-cli");
    command.args(["-u", url, "--no-auth-warning", "--raw"]).args(arguments).stdin(Stdio::null());
    let out = command.kill_on_drop(true).output().await.expect("redis-cli runs");
    if !out.status.success() {
        return Err(out);
    }
    Ok(String::from_utf8(out.stdout).expect("text").trim_end().to_owned())
}

/// Waits until no event is on its way: each is delivered, or a dead letter.
pub async fn idle(store: &Store) {
    until("nothing is on its way", Vec::new(), async || {
        let busy = busy(store).await;
        // An event that came back to a stream already looked at is seen the second time.
        if busy.is_empty() { self::busy(store).await } else { busy }
    })
    .await;
}

async fn busy(store: &Store) -> Vec<(String, u64)> {
    let depths = store.depths(Millis::now()).await.expect("Redis answers");
    let busy = depths.into_iter().filter(|depth| depth.depth > 0 && depth.stream != "dead");
    busy.map(|depth| (depth.stream, depth.depth)).collect()
}
