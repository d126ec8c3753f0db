//! A spool that is full, can't be written, or was damaged.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use stream::Fsync;
use tests::{Fleet, Member, Program, Receiver, free_port, idle, until};

use super::{ENDPOINT, ROOM, retry_after, route, send, spool, times};

/// The only file of records, as an ingress left it that was killed after ten events.
async fn left_by(fleet: &mut Fleet, place: &Path) -> PathBuf {
    let mut ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    fleet.redis.kill().await.expect("Redis is killed");
    for n in 0..10 {
        send(&sender, n).await.event_id();
    }
    ingress.program.kill();
    let files = std::fs::read_dir(place).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "spool")).collect();
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// Redis and everything else again, until nine of the ten are delivered.
async fn nine_come(fleet: &mut Fleet, receiver: &Receiver) -> Member {
    fleet.redis.revive(Fsync::EverySecond).await.expect("Redis is back");
    let ingress = fleet.start("ingress").await;
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    until("nine are delivered", 9, async || times(receiver).len()).await;
    idle(&fleet.store).await;
    assert_eq!(receiver.count(), 9);
    ingress
}

#[tokio::test]
async fn a_torn_tail_is_cut_off_and_told_and_the_rest_delivered() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("{ENDPOINT}{}{}", spool(folder.path(), ROOM), route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let file = left_by(&mut fleet, folder.path()).await;
    let length = file.metadata().expect("there").len();
    OpenOptions::new().write(true).open(&file).and_then(|file| file.set_len(length - 5)).expect("cut");
    let ingress = nine_come(&mut fleet, &receiver).await;
    assert!(ingress.program.said().contains("was cut off"), "{}", ingress.program.said());
}

#[tokio::test]
async fn a_damaged_event_is_told_of_and_kept_and_the_rest_delivered() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("{ENDPOINT}{}{}", spool(folder.path(), ROOM), route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let file = left_by(&mut fleet, folder.path()).await;
    let middle = file.metadata().expect("there").len() / 2;
    let open = OpenOptions::new().write(true).open(&file).expect("a file");
    open.write_all_at(b"\0\0\0", middle).expect("damaged");
    let ingress = nine_come(&mut fleet, &receiver).await;
    until("it is told", true, async || ingress.program.said().contains("is damaged")).await;
    until("the file is kept", true, async || {
        let mut files = std::fs::read_dir(folder.path()).expect("the folder");
        files.any(|entry| entry.is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "damaged")))
    })
    .await;
}

#[tokio::test]
async fn a_full_spool_refuses_and_everything_acknowledged_is_delivered() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = |room| format!("{ENDPOINT}{}{}", spool(folder.path(), room), route(&receiver));
    let mut fleet = Fleet::prepare(&config(65_536), &[]).await;
    let ingress = fleet.start("ingress").await;
    let sender = fleet.sender(&ingress, "in");
    fleet.redis.kill().await.expect("Redis is killed");
    let mut acknowledged = 0;
    let refused = loop {
        let answer = send(&sender, acknowledged).await;
        if answer.status != 200 {
            break answer;
        }
        acknowledged += 1;
    };
    assert_eq!((refused.status, refused.code()), (503, "queue_unavailable"));
    assert!(retry_after(&refused) > 0);
    assert!(acknowledged > 50, "{acknowledged}");
    until("it is no longer ready", 503, async || ingress.readiness().await.0).await;
    std::fs::write(&fleet.config, config(ROOM)).expect("a larger one is wanted");
    until("it takes more", 200, async || send(&sender, acknowledged).await.status).await;
    acknowledged += 1;
    fleet.redis.revive(Fsync::EverySecond).await.expect("Redis is back");
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    until("each is delivered", acknowledged, async || times(&receiver).len()).await;
    until("it is ready again", 200, async || ingress.readiness().await.0).await;
    assert_eq!(send(&sender, acknowledged).await.status, 200);
}

#[tokio::test]
async fn a_disk_that_takes_no_more_refuses_and_what_it_took_is_delivered() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("{ENDPOINT}{}{}", spool(folder.path(), ROOM), route(&receiver));
    let mut fleet = Fleet::prepare(&config, &[]).await;
    let port = free_port();
    let environment = [
        ("PORT", port.to_string()),
        ("BIND", "127.0.0.1".to_owned()),
        ("REDIS_URL", fleet.redis.url()),
        ("LOG_LEVEL", "off".to_owned()),
    ];
    let config = fleet.config.to_str().expect("plain").to_owned();
    let log = fleet.folder.path().join("limited.log");
    let program =
        Program::start_limited("hookstream-ingress", 64, &["--config", &config], &environment, &log);
    let mut ingress = Member { program, port };
    ingress.ready().await;
    fleet.redis.kill().await.expect("Redis is killed");
    let sender = fleet.sender(&ingress, "in");
    // No file may grow beyond 64 KiB: the one that would fails half way through an event.
    let big = format!(r#"{{"type":"n","filler":"{}"}}"#, "x".repeat(20_000));
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(sender.send(&big).await);
    }
    let acknowledged = answers.iter().filter(|answer| answer.status == 200).count();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(acknowledged >= 4 && !refused.is_empty(), "{answers:?}");
    assert!(refused.iter().all(|answer| answer.code() == "queue_unavailable"), "{refused:?}");
    fleet.redis.revive(Fsync::EverySecond).await.expect("Redis is back");
    let (_router, _worker) = (fleet.start("router").await, fleet.start("worker").await);
    until("each is delivered", acknowledged, async || times(&receiver).len()).await;
    idle(&fleet.store).await;
    assert_eq!(receiver.count(), acknowledged);
}
