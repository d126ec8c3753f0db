//! Redis was killed while it wrote a transaction. By itself it makes of that what no sender was told of, or forgets what
//! one was; `PrivateServer` and `deploy/redis/mend` see to it before the start.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use stream::{Fsync, Mark, Patience, PrivateServer, PrivateServerError, Published, Store};
use tempfile::TempDir;

use crate::samples::an_event;
use crate::yard::eventually;

/// With it a publish is a transaction, without it is a single command.
const MARK: Option<Mark> = Some(Mark { window: Duration::from_secs(600) });
/// `MULTI` as it stands in the file.
const MULTI: u64 = 15;

/// What a server leaves that has taken two events.
struct Left {
    folder: TempDir,
    /// The file's size before the second event, and with it.
    first: u64,
    second: u64,
}

// === impl Left ===

impl Left {
    async fn by_two_events() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = PrivateServer::start(folder.path(), Fsync::Always).await.unwrap();
        let store = store(&server.url());
        let sizes = async |name| {
            assert_eq!(store.publish(&an_event(name), MARK, false).await.unwrap(), Published::Accepted);
            file(folder.path()).metadata().unwrap().len()
        };
        let (first, second) = (sizes("first").await, sizes("second").await);
        server.stop().await;
        Self { folder, first, second }
    }

    /// As if the server had been killed when the file had come so far.
    fn when(&self, size: u64) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("appendonlydir")).unwrap();
        for entry in fs::read_dir(self.folder.path().join("appendonlydir")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.path().join("appendonlydir").join(entry.file_name())).unwrap();
        }
        File::options().write(true).open(file(copy.path())).unwrap().set_len(size).unwrap();
        copy
    }

    /// The same, and a byte before the second event is another.
    fn damaged(&self, size: u64) -> TempDir {
        let copy = self.when(size);
        let mut bytes = fs::read(file(copy.path())).unwrap();
        let before = &bytes[..usize::try_from(self.first).unwrap()];
        let command = before.windows(3).rposition(|window| window == b"\r\n*").unwrap() + 2;
        bytes[command] = b'x';
        fs::write(file(copy.path()), bytes).unwrap();
        copy
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("appendonlydir/appendonly.aof.1.incr.aof")
}

fn size(folder: &Path) -> u64 {
    file(folder).metadata().unwrap().len()
}

fn store(url: &str) -> Store {
    Store::open(url, "hs", Patience::Background).unwrap()
}

async fn events(store: &Store) -> usize {
    redis::cmd("XLEN").arg(store.keys().events()).query_async(&mut store.commands()).await.unwrap()
}

/// `redis-server`, started by itself.
async fn bare(folder: &Path) -> (tokio::process::Child, Store) {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port().to_string();
    let mut command = tokio::process::Command::new("redis-server");
    command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]);
    command.args(["--appendfsync", "always", "--dir"]).arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    let (server, store) = (command.spawn().unwrap(), store(&format!("redis://127.0.0.1:{port}")));
    eventually("Redis answers", async || store.ping().await.ok()).await;
    (server, store)
}

/// Nothing of ours: this is why the rest is here.
#[tokio::test]
async fn redis_itself_carries_out_or_forgets_at_its_second_start_what_it_should_not() {
    let (left, mut found) = (Left::by_two_events().await, Vec::new());
    for mark in [MARK, None] {
        let folder = left.when(left.second - 3);
        let (mut server, store) = bare(folder.path()).await;
        assert_eq!(events(&store).await, 1, "the second is not carried out");
        assert_eq!(store.publish(&an_event("third"), mark, false).await.unwrap(), Published::Accepted);
        assert_eq!(events(&store).await, 2);
        server.kill().await.unwrap();
        let (_server, store) = bare(folder.path()).await;
        found.push(events(&store).await);
    }
    // The second event too, though its sender knows of nothing; or the third no more, though its sender does. A server
    // that has mended this has two both times.
    assert!(found == [3, 1] || found == [2, 2], "{found:?}");
}

#[tokio::test]
async fn a_server_of_ours_takes_off_what_it_was_killed_in_and_keeps_what_comes_after() {
    let left = Left::by_two_events().await;
    let (first, second) = (left.first, left.second);
    for killed in
        [first, first + 1, first + MULTI - 1, first + MULTI, first + MULTI + 1, second - 30, second - 1]
    {
        let folder = left.when(killed);
        let mut server = PrivateServer::start(folder.path(), Fsync::Always).await.unwrap();
        // What is not in an open transaction Redis takes off by itself, rightly.
        let open = killed >= first + MULTI;
        assert_eq!(server.cut_off(), if open { killed - first } else { 0 });
        let store = store(&server.url());
        assert_eq!((events(&store).await, size(folder.path())), (1, first));
        assert_eq!(store.publish(&an_event("third"), None, false).await.unwrap(), Published::Accepted);
        for (published, expected) in [(Published::Accepted, 3), (Published::Duplicate, 3)] {
            server.kill().await.unwrap();
            server.revive(Fsync::Always).await.unwrap();
            assert_eq!(server.cut_off(), 0);
            let again = eventually("Redis is back", async || {
                store.publish(&an_event("second"), MARK, false).await.ok()
            });
            assert_eq!((again.await, events(&store).await), (published, expected));
        }
    }
}

#[tokio::test]
async fn a_folder_belongs_to_one_server_as_long_as_it_lives() {
    let folder = tempfile::tempdir().unwrap();
    let first = PrivateServer::start(folder.path(), Fsync::EverySecond).await.unwrap();
    let second = PrivateServer::start(folder.path(), Fsync::EverySecond).await;
    assert!(matches!(second, Err(PrivateServerError::Taken { .. })), "{second:?}");
    assert_eq!(events(&store(&first.url())).await, 0, "it was not taken for one that was left behind");
    drop(first);
    PrivateServer::start(folder.path(), Fsync::EverySecond).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_whole_or_damaged_elsewhere_is_left_as_it_is() {
    let left = Left::by_two_events().await;
    let whole = left.when(left.second);
    let server = PrivateServer::start(whole.path(), Fsync::Always).await.unwrap();
    assert_eq!((server.cut_off(), events(&store(&server.url())).await), (0, 2));
    for size in [left.second, left.second - 3] {
        let folder = left.damaged(size);
        let before = fs::read(file(folder.path())).unwrap();
        let refused = PrivateServer::start(folder.path(), Fsync::Always).await;
        assert!(matches!(refused, Err(PrivateServerError::Ended { .. })), "{refused:?}");
        assert_eq!(fs::read(file(folder.path())).unwrap(), before);
        let log = fs::read_to_string(folder.path().join("redis.log")).unwrap();
        assert!(log.contains("Bad file format reading the append only file"), "{log}");
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Tools {
    All,
    None,
}

/// `deploy/redis/mend`, where no `PrivateServer` starts Redis.
fn mend(folder: &Path, tools: Tools) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/redis/mend");
    let mut command = Command::new(script);
    command.arg(folder).args(["/bin/echo", "Redis", "starts"]);
    if tools == Tools::None {
        command.env("PATH", "");
    }
    let out = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout), "Redis starts\n", "{out:?}");
    out
}

#[tokio::test]
async fn the_script_takes_off_the_same() {
    let left = Left::by_two_events().await;
    let (first, second) = (left.first, left.second);
    let (begin, end) = (first..first + MULTI + 40, second - 40..second + 1);
    for killed in begin.chain((first + MULTI + 40..second - 40).step_by(17)).chain(end) {
        let folder = left.when(killed);
        let said = mend(folder.path(), Tools::All).stderr;
        let size = size(folder.path());
        if killed >= first + MULTI && killed < second {
            assert_eq!(size, first, "{killed}: {}", String::from_utf8_lossy(&said));
            assert!(String::from_utf8_lossy(&said).contains(&format!("takes {} bytes off", killed - first)));
        } else {
            // A command that no transaction is around Redis takes off as well.
            assert!(size == killed || size == first && killed < second, "{killed}: {size}");
        }
    }
}

#[tokio::test]
async fn the_script_changes_nothing_that_is_not_the_unfinished_end() {
    let left = Left::by_two_events().await;
    let elsewhere = (left.damaged(left.second - 3), Tools::All, "leaves");
    let no_tool = (left.when(left.second - 3), Tools::None, "no redis-check-aof here");
    for (folder, tools, words) in [elsewhere, no_tool] {
        let before = fs::read(file(folder.path())).unwrap();
        let said = String::from_utf8(mend(folder.path(), tools).stderr).unwrap();
        assert!(said.contains(words), "{said}");
        assert_eq!(fs::read(file(folder.path())).unwrap(), before);
    }
    let nothing_yet = tempfile::tempdir().unwrap();
    assert_eq!(mend(nothing_yet.path(), Tools::All).stderr, b"");
}
