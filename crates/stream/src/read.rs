//! Blocking reads, on a connection of their own.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::connection::Dedicated;
use crate::delivery::Receipt;
use crate::entry::{Carried, Fields};
use crate::{Delivery, Group, Store, StoreError};

type StreamsReply = Option<Vec<(String, Vec<(String, Fields)>)>>;

/// One process' place in a consumer group. Its name is never used again, so that what a dead process left
/// behind is seen as such.
#[derive(Debug)]
pub struct Reader {
    pub(crate) store: Store,
    pub(crate) group: Group,
    pub(crate) consumer: String,
    block: Duration,
    connection: Mutex<Option<Dedicated>>,
}

// === impl Reader ===

impl Reader {
    /// `service` and the process' number begin the consumer's name; `block` is the longest wait of one read.
    pub fn new(store: Store, group: Group, service: &str, block: Duration) -> Self {
        let consumer = format!("{service}-{}-{:016x}", std::process::id(), rand::random::<u64>());
        Self { store, group, consumer, block, connection: Mutex::new(None) }
    }

    pub fn consumer(&self) -> &str {
        &self.consumer
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes up to `count` entries **from each** of the streams, waiting for the first. Empty if none came in time.
    ///
    /// Ask for a stop between reads rather than dropping one: a dropped read still takes an entry.
    ///
    /// # Errors
    /// After an error the next read connects anew; a missing group is made again first.
    pub async fn read<T: Carried>(
        &self,
        streams: &[String],
        count: usize,
    ) -> Result<Vec<Delivery<T>>, StoreError> {
        let mut held = self.connection.lock().await;
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => self.store.dedicated(self.block).await?,
        };
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.group.as_str()).arg(&self.consumer);
        command
            .arg("COUNT")
            .arg(count)
            .arg("BLOCK")
            .arg(u64::try_from(self.block.as_millis()).unwrap_or(1000));
        command.arg("STREAMS").arg(streams);
        for _ in streams {
            command.arg(">");
        }
        match command.query_async::<StreamsReply>(&mut connection).await {
            Ok(reply) => {
                *held = Some(connection);
                Ok(self.deliveries(reply))
            }
            Err(error) => {
                let error = StoreError::from(error);
                if matches!(error, StoreError::NoGroup(_)) {
                    self.store.ensure_groups().await?;
                }
                Err(error)
            }
        }
    }

    fn deliveries<T: Carried>(&self, reply: StreamsReply) -> Vec<Delivery<T>> {
        let streams = reply.unwrap_or_default().into_iter();
        streams
            .flat_map(|(stream, entries)| {
                entries.into_iter().map(move |(id, fields)| (stream.clone(), id, fields))
            })
            .map(|(stream, id, fields)| Delivery::new(self.receipt(stream, id), &fields, 1))
            .collect()
    }

    pub(crate) fn receipt(&self, stream: String, id: String) -> Receipt {
        Receipt { store: self.store.clone(), stream, group: self.group, consumer: self.consumer.clone(), id }
    }
}
