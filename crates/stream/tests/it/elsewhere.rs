//! One store in several runtimes: actix answers on threads of its own, whose runtimes end before the rest does.

use std::thread;

use stream::{Patience, Store, StoreError};

use crate::yard::Yard;

/// Asks from a runtime of its own, which ends once everything in it has got as far as it can by itself.
async fn ping_elsewhere(store: &Store) -> Result<(), StoreError> {
    let store = store.clone();
    let asking = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let answer = store.ping().await;
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            answer
        })
    });
    tokio::task::spawn_blocking(|| asking.join().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_connection_outlives_the_runtime_that_first_used_it() {
    let yard = Yard::new().await;
    let store = yard.another_store();
    ping_elsewhere(&store).await.unwrap();
    store.ping().await.unwrap();
    ping_elsewhere(&store).await.unwrap();
}

/// A failed command leaves the next connection under way, waiting for its second try.
#[tokio::test]
async fn a_connection_that_was_tried_elsewhere_is_no_trouble_once_that_runtime_has_ended() {
    // Nobody listens there.
    let store = Store::open("redis://127.0.0.1:1", "hs", Patience::Background).unwrap();
    for _ in 0..3 {
        assert!(matches!(ping_elsewhere(&store).await, Err(StoreError::Unreachable(_))));
        assert!(matches!(store.ping().await, Err(StoreError::Unreachable(_))));
    }
}
