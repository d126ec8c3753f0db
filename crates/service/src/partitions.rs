//! Work on every partition: those that this process' configuration knows of, and those that others use or once used.

use std::future::Future;
use std::time::Duration;

use stream::{Servers, Store, StoreError, Tls};
use tokio::task::JoinSet;

use crate::{Context, Stop, use_tls};

/// How soon a partition is worked on that another process has begun to use.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The Redis of a configuration, with events spread over as many partitions as it says.
///
/// # Errors
/// One of its addresses, certificates or keys can't be understood.
pub fn open_store(redis: &settings::Redis, patience: stream::Patience) -> Result<Store, StoreError> {
    let url = redis.url.clone();
    let servers = if !redis.sentinel.is_empty() {
        Servers::Sentinel { url, sentinels: redis.sentinel.clone(), master: redis.master.clone() }
    } else if !redis.cluster.is_empty() {
        Servers::Cluster { url, nodes: redis.cluster.clone() }
    } else {
        Servers::One(url)
    };
    use_tls();
    let (authorities, identity) = (redis.tls.authorities.clone(), redis.tls.identity.clone());
    let tls = Tls { authorities, identity };
    let store = Store::over(&tls, redis.partitions, servers, &redis.prefix, patience)?;
    Ok(store.keeping(redis.history))
}

/// Does this work on each partition at once, until it has ended on all of them. Partitions that come up later are taken
/// up too, until a stop is asked.
pub async fn each_partition<W, F>(context: &Context, work: W)
where
    W: Fn(Store) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut begun = 0;
    let mut running = JoinSet::new();
    loop {
        let known = context.store.partition_count();
        for number in begun..known {
            running.spawn(work(context.store.partition(number)));
        }
        begun = known;
        tokio::select! {
            ended = running.join_next() => match ended {
                Some(Err(panic)) if panic.is_panic() => std::panic::resume_unwind(panic.into_panic()),
                Some(_) => {}
                None => return,
            },
            _ = context.stop.sleep(LOOK_AGAIN), if !context.stop.is_asked() => {}
        }
    }
}

/// Tells the others over how many partitions this process spreads events, and hears how many they do.
pub(crate) async fn announce_until(store: Store, stop: Stop) {
    let mut told = 0;
    loop {
        // Whoever needs Redis says that it is away.
        if store.announce().await.is_ok() && store.leftover_partitions() != told {
            told = store.leftover_partitions();
            let (now, ever) = (store.partition_count() - told, store.partition_count());
            tracing::warn!(
                "events go to {now} partitions, and once went to {ever}: the others are still worked on; \
                 docs/scaling.md says how to be rid of them"
            );
        }
        if !stop.sleep(LOOK_AGAIN).await {
            return;
        }
    }
}
