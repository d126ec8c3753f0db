//! PostgreSQL away, archivers killed, rows refused, addresses wrong.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stream::Replayed;

use crate::place::{Place, event, eventually, free_port};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookstream-archiver");

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_however_often_it_is_killed() {
    let Some(place) = Place::make().await else { return };
    let mut published = 0;
    for round in 0..6 {
        let mut archiver = Command::new(PROGRAM)
            .arg("--config")
            .arg(place.folder.path().join("hookstream.toml"))
            .env("REDIS_URL", place.redis.url())
            .env("DATABASE_URL", place.postgres.url())
            .env("PORT", free_port().to_string())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed while events stream in, once it is at work.
        let before = place.rows().await;
        let (over, is_over) = (AtomicBool::new(false), Ordering::Relaxed);
        let killing = async {
            eventually("it is at work", async || place.rows().await > before + 50).await;
            tokio::time::sleep(Duration::from_millis(3 * round)).await;
            archiver.kill().unwrap();
            archiver.wait().unwrap();
            over.store(true, is_over);
        };
        let publishing = async {
            while !over.load(is_over) {
                place.publish(&event("a", "json", format!("{{\"n\": {published}}}"))).await;
                published += 1;
            }
        };
        tokio::join!(killing, publishing);
    }
    let last = place.run();
    place.is_empty().await;
    assert_eq!(place.rows().await, published);
    assert!(place.dead().await.is_empty());
    last.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_stored_but_not_settled_is_settled_the_next_time() {
    let Some(place) = Place::make().await else { return };
    let sent = event("a", "json", "{}");
    place.publish(&sent).await;
    let first = place.run();
    place.is_empty().await;
    first.stop().await;
    // The same entry again, held by an archiver that stored it and was killed before it could say so.
    place.publish(&sent).await;
    place.take_and_die().await;
    let second = place.run();
    place.is_empty().await;
    assert_eq!(place.rows().await, 1);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_events_wait_and_ready_says_why() {
    let Some(mut place) = Place::make().await else { return };
    place.postgres.kill();
    let running = place.run();
    for number in 0..5 {
        place.publish(&event("a", "json", format!("{number}"))).await;
    }
    eventually("ready says no", async || {
        let (status, body) = running.ready().await;
        status == 503 && body.contains("PostgreSQL")
    })
    .await;
    assert_eq!(place.waiting().await, 5);
    place.postgres.revive().await;
    place.is_empty().await;
    eventually("it is ready", async || running.ready().await.0 == 200).await;
    // And in the middle of its work.
    place.postgres.kill();
    place.publish(&event("a", "json", "5")).await;
    eventually("ready says no again", async || running.ready().await.0 == 503).await;
    place.postgres.revive().await;
    place.is_empty().await;
    assert_eq!(place.rows().await, 6);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_refused_goes_to_the_dead_letters_and_holds_up_nobody() {
    let Some(place) = Place::make().await else { return };
    let first = place.run();
    eventually("the table is there", async || first.ready().await.0 == 200).await;
    first.stop().await;
    // A rule of the user's own.
    let client = place.postgres.client().await;
    client.execute("ALTER TABLE hookstream_events ADD CHECK (type <> 'forbidden')", &[]).await.unwrap();
    for kind in ["a", "forbidden", "b"] {
        place.publish(&event(kind, "json", "{}")).await;
    }
    // One that is no event at all.
    let _: String = redis::cmd("XADD")
        .arg(place.store.keys().archive())
        .arg("*")
        .arg("nonsense")
        .arg("1")
        .query_async(&mut place.store.commands())
        .await
        .unwrap();
    let second = place.run();
    place.is_empty().await;
    assert_eq!(place.rows().await, 2);
    let mut dead: Vec<(String, String)> = place
        .dead()
        .await
        .into_iter()
        .map(|letter| (letter.text("reason").to_owned(), letter.text("error").to_owned()))
        .collect();
    dead.sort();
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert_eq!(dead[0].0, "malformed");
    assert_eq!(dead[1].0, "refused");
    assert!(dead[1].1.contains("check constraint"), "{dead:?}");
    // Mended and replayed, it is archived, and not delivered a second time.
    let routed = place.number("XLEN", &[&place.store.keys().events()]).await;
    client
        .execute("ALTER TABLE hookstream_events DROP CONSTRAINT hookstream_events_type_check", &[])
        .await
        .unwrap();
    for letter in place.dead().await.iter().filter(|letter| letter.text("reason") == "refused") {
        assert_eq!(place.store.replay(&letter.id).await.unwrap(), Replayed::Again);
    }
    eventually("it is archived", async || place.rows().await == 3).await;
    place.is_empty().await;
    assert_eq!(place.number("XLEN", &[&place.store.keys().events()]).await, routed);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_gone_is_waited_for() {
    let Some(place) = Place::make().await else { return };
    let running = place.run();
    eventually("it is ready", async || running.ready().await.0 == 200).await;
    let client = place.postgres.client().await;
    client.execute("ALTER TABLE hookstream_events RENAME TO elsewhere", &[]).await.unwrap();
    place.publish(&event("a", "json", "{}")).await;
    eventually("ready says what is missing", async || running.ready().await.1.contains("does not exist"))
        .await;
    client.execute("ALTER TABLE elsewhere RENAME TO hookstream_events", &[]).await.unwrap();
    place.is_empty().await;
    assert_eq!(place.rows().await, 1);
    assert!(place.dead().await.is_empty());
    running.stop().await;
}

#[test]
fn without_an_address_it_says_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hookstream.toml");
    std::fs::write(&file, "").unwrap();
    let run = |url: Option<&str>| {
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(&file).env_remove("DATABASE_URL");
        if let Some(url) = url {
            command.env("DATABASE_URL", url);
        }
        let ended = command.output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let (code, said) = run(None);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("DATABASE_URL is not set") && said.contains("postgres://"), "{said}");
    let (code, said) = run(Some("postgres://me:secret@db:x/y"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("DATABASE_URL") && !said.contains("secret"), "{said}");
    let (code, said) = run(Some("postgres://me@db/y?sslmode=require"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("TLS"), "{said}");
}
