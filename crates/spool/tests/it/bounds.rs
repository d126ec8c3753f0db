//! Never more than there may be, and room again once it is drained.

use spool::AppendError;

use crate::place::{Place, append, drain_all};

#[tokio::test]
async fn one_too_many_is_refused_until_there_is_room() {
    let place = Place::new();
    let (spool, mut drain, _) = place.open_with(64 * 1024).await;
    let body = vec![b'x'; 1000];
    let mut kept = 0;
    let refused = loop {
        match spool.append(body.clone()).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, AppendError::Full { max_bytes: 65_536 }), "{refused:?}");
    assert_eq!(kept, 64 * 1024 / 1016);
    assert!(spool.is_full());
    let on_disk: u64 = place.files(".spool").iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(on_disk <= 64 * 1024 + 16 * 16, "{on_disk}");
    assert!(place.files(".spool").len() > 4, "several files, so that room comes back by and by");
    let batch = drain.next(10).unwrap();
    drain.done(&batch).unwrap();
    append(&spool, "again").await;
    assert_eq!(drain_all(&mut drain).0.len(), kept - batch.records.len() + 1);
    assert!(!spool.is_full());
}

#[tokio::test]
async fn the_bound_may_be_moved() {
    let place = Place::new();
    let (spool, _drain, _) = place.open_with(64 * 1024).await;
    assert!(spool.append(vec![0; 70_000]).await.is_err());
    spool.set_max_bytes(1 << 20);
    spool.append(vec![0; 70_000]).await.unwrap();
}
