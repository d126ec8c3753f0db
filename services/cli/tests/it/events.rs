//! `hookstream events`. What needs PostgreSQL is shown end to end, with an archiver.

use crate::support::{Gateway, Place};

#[tokio::test]
async fn an_event_is_shown_where_it_is() {
    let gateway = Gateway::start().await;
    let (letter, dead) = gateway.dead("billing", "answered 503", b"{}").await;
    let waiting = gateway.routed("billing", b"{}").await;
    let steps = gateway.run(&["events", "show", dead.as_str(), "--json"]).await.ended(0).json();
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["received", "routed", "dead", "dead"], "what happened, then where it is");
    assert_eq!((&steps[0]["event_id"], &steps[0]["endpoint"]), (&dead.as_str().into(), &"partner".into()));
    assert_eq!((&steps[1]["routes"][0], &steps[2]["status"]), (&"billing".into(), &503.into()));
    assert_eq!((&steps[2]["dead_letter"], &steps[2]["attempt"]), (&letter.as_str().into(), &1.into()));
    assert_eq!(
        (&steps[3]["at"], &steps[3]["dead_letter"]),
        (&serde_json::Value::Null, &letter.as_str().into())
    );
    assert_eq!(steps[3]["attempts"], 1);
    let said = gateway.run(&["events", "show", waiting.as_str()]).await.ended(0);
    assert!(
        said.out.contains("now                       working    stream jobs:high  route billing"),
        "{}",
        said.out
    );
}

#[tokio::test]
async fn an_event_that_is_nowhere_is_exit_code_1() {
    let said = Gateway::start().await.run(&["events", "show", "evt_nowhere"]).await.ended(1);
    assert!(
        said.err.contains("evt_nowhere is in no stream") && said.err.contains("DATABASE_URL"),
        "{}",
        said.err
    );
}

#[tokio::test]
async fn the_archive_needs_an_address_that_answers() {
    let place = Place::new();
    assert!(place.run(&["events", "list"]).await.ended(2).err.contains("DATABASE_URL is not set"));
    let list = async |url: &str| place.run_with(&["events", "list"], &[("DATABASE_URL", url)]).await;
    let away = list("postgres://me:hunter2@127.0.0.1:1/db").await.ended(3);
    assert!(away.err.contains("127.0.0.1:1") && !away.err.contains("hunter2"), "{}", away.err);
    list("nonsense").await.ended(2);
}

#[tokio::test]
async fn what_redis_knows_is_told_while_postgresql_is_away() {
    let gateway = Gateway::start().await;
    let (_, dead) = gateway.dead("billing", "answered 503", b"{}").await;
    let away = [("DATABASE_URL", "postgres://127.0.0.1:1/db")];
    let said = gateway.place.run_with(&["events", "show", dead.as_str()], &away).await.ended(3);
    assert!(said.out.contains("answered 503") && said.err.contains("PostgreSQL"), "{said:?}");
}
