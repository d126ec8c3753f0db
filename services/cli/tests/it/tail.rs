//! `hookstream dlq tail`.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use stream::Fsync;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};

use crate::support::Gateway;

struct Follower {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

const PATIENCE: Duration = Duration::from_secs(30);

impl Follower {
    fn start(gateway: &Gateway, arguments: &[&str]) -> Self {
        let mut command = gateway.place.command(&[&["dlq", "tail", "-f"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, out, err }
    }

    async fn says(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.out.next_line())
            .await
            .expect("it says something")
            .unwrap()
            .unwrap()
    }

    async fn complains(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.err.next_line())
            .await
            .expect("it says something")
            .unwrap()
            .unwrap()
    }
}

#[tokio::test]
async fn the_last_ten_are_shown() {
    let gateway = Gateway::start().await;
    for number in 0..12 {
        gateway.dead("billing", &format!("error {number}"), b"{}").await;
    }
    gateway.dead("other", "error of another", b"{}").await;
    let said = gateway.run(&["dlq", "tail", "--route", "billing"]).await.ended(0);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 10);
    assert!(lines[0].ends_with("error 2") && lines[9].ends_with("error 11"), "{}", said.out);
    let said = gateway.run(&["dlq", "tail", "-n", "2", "--json"]).await.ended(0);
    assert_eq!(said.json()[1]["error"], "error of another");
}

#[tokio::test]
async fn new_ones_come_as_they_die_also_after_redis_was_away_and_ctrl_c_ends_well() {
    let mut gateway = Gateway::start().await;
    gateway.dead("billing", "before", b"{}").await;
    let mut follower = Follower::start(&gateway, &["--json", "--route", "billing"]);
    assert!(follower.says().await.contains("\"before\""));
    gateway.dead("other", "of another route", b"{}").await;
    gateway.dead("billing", "while it looks", b"{}").await;
    assert!(follower.says().await.contains("\"while it looks\""));

    gateway.server.kill().await.unwrap();
    assert!(follower.complains().await.contains("waiting until it is back"));
    gateway.server.revive(Fsync::EverySecond).await.unwrap();
    assert_eq!(follower.complains().await, "Redis is back");
    // The test's own connection notices by failing once.
    while gateway.store.ping().await.is_err() {}
    gateway.dead("billing", "after", b"{}").await;
    assert!(follower.says().await.contains("\"after\""));

    let pid = Pid::from_raw(i32::try_from(follower.child.id().unwrap()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let ended = tokio::time::timeout(PATIENCE, follower.child.wait()).await.expect("it ends").unwrap();
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test]
async fn the_first_letter_of_an_empty_stream_is_seen() {
    let gateway = Gateway::start().await;
    let mut follower = Follower::start(&gateway, &[]);
    // Whether it dies before or after the following begins, it is seen.
    gateway.dead("billing", "the first", b"{}").await;
    assert!(follower.says().await.ends_with("the first"));
}
