//! Every step is a function of a versioned library, loaded where it is missing; scripts stand in where there are none.

use std::time::Duration;

use event::{Millis, Priority};
use stream::{Function, Group, JobResult, Library, MOVES, Patience, Reader, Settled, Store};

use crate::samples::{a_plan, an_event};
use crate::yard::Yard;

async fn libraries(yard: &Yard) -> Vec<String> {
    let listed: Vec<Vec<redis::Value>> = yard.ask(&["FUNCTION", "LIST"]).await;
    listed.into_iter().map(|library| redis::from_redis_value(library[1].clone()).unwrap()).collect()
}

#[tokio::test]
async fn loading_again_changes_nothing() {
    let yard = Yard::alone().await;
    yard.store.load(&MOVES).await.unwrap();
    yard.another_store().load(&MOVES).await.unwrap();
    let libraries = libraries(&yard).await;
    assert!(libraries.len() == 1 && libraries[0].starts_with("hookstream_"), "{libraries:?}");
}

static OLD: Function = Function::growing("step", "return 'old'");
static NEW: Function = Function::growing("step", "return 'new'");
static OLD_LIBRARY: Library = Library::new("versions", &[], &[&OLD]);
static NEW_LIBRARY: Library = Library::new("versions", &[], &[&NEW]);

/// While services are replaced one by one, two versions of the library are called at once.
#[tokio::test]
async fn two_versions_side_by_side_each_run_their_own_steps_and_are_loaded_once() {
    let yard = Yard::alone().await;
    let run = async |store: Store, library: &'static Library, function: &'static Function| {
        for _ in 0..500 {
            let said: String = store.run(&library.call(function)).await.unwrap();
            assert_eq!(said, if std::ptr::eq(function, &OLD) { "old" } else { "new" });
        }
    };
    let publishing = async {
        for n in 0..200 {
            yard.store.publish(&an_event(&n.to_string()), None, false).await.unwrap();
        }
    };
    let (old, new) = (yard.another_store(), yard.another_store());
    tokio::join!(run(old, &OLD_LIBRARY, &OLD), run(new, &NEW_LIBRARY, &NEW), publishing);
    assert_eq!(yard.length(&yard.keys().events()).await, 200);
    assert_eq!(libraries(&yard).await.len(), 3);
    let stats: String = yard.ask(&["INFO", "commandstats"]).await;
    let loads = stats.lines().find(|line| line.starts_with("cmdstat_function|load:")).unwrap();
    assert!(loads.contains("calls=3,"), "{loads}");
}

#[tokio::test]
async fn a_server_that_has_forgotten_them_is_told_again() {
    let yard = Yard::alone().await;
    let worker = yard.worker();
    let (delivery, job) = yard.claimed(&worker, &an_event("a"), &a_plan("r", Priority::Normal)).await;
    let _: String = yard.ask(&["FUNCTION", "FLUSH"]).await;
    let settled = delivery.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap();
    assert_eq!(settled, Settled::Done);
    assert_eq!(libraries(&yard).await.len(), 1);
}

#[tokio::test]
async fn a_server_without_functions_runs_scripts() {
    let yard = Yard::alone().await;
    let rules = ["ACL", "SETUSER", "old", "on", ">secret", "~*", "&*", "+@all", "-fcall", "-function"];
    let _: String = yard.ask(&rules).await;
    let url = yard.server.redis.url().replace("redis://", "redis://old:secret@");
    let store = Store::open(&url, &yard.prefix, Patience::Background).unwrap();
    store.publish(&an_event("a"), None, false).await.unwrap();
    let reader = |group| Reader::new(store.clone(), group, "test", Duration::from_millis(10));
    let events = [store.keys().events()];
    let delivery = reader(Group::Route).read(&events, 1).await.unwrap().remove(0);
    crate::yard::dispatch(delivery, &[&a_plan("r", Priority::Normal)], "").await.unwrap();
    let delivery = reader(Group::Work).claim(Priority::ALL, 1).await.unwrap().remove(0);
    let job = delivery.carried.as_deref().cloned().unwrap();
    let settled = delivery.complete(&job, Millis(1), &JobResult::delivered(None)).await.unwrap();
    assert_eq!(settled, Settled::Done);
    assert_eq!(libraries(&yard).await, Vec::<String>::new());
}
