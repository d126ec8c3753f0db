//! Blocking reads, on a connection of their own.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::connection::Dedicated;
use crate::delivery::{Receipt, Seat};
use crate::entry::Carried;
use crate::shares::Shares;
use crate::together::Together;
use crate::{Delivery, Fields, Group, Since, Store, StoreError, complete, defer};

pub(crate) type StreamsReply = Option<Vec<(String, Vec<(String, Fields)>)>>;

/// One process' place in a consumer group. Its name is never used again, so that what a dead process left
/// behind is seen as such.
#[derive(Debug)]
pub struct Reader {
    pub(crate) seat: Arc<Seat>,
    block: Duration,
    connection: Mutex<Option<Dedicated>>,
    shares: std::sync::Mutex<Shares>,
}

// === impl Reader ===

impl Reader {
    /// `service` and the process' number begin the consumer's name; `block` is the longest wait of one read.
    pub fn new(store: Store, group: Group, service: &str, block: Duration) -> Self {
        let consumer = format!("{service}-{}-{:016x}", std::process::id(), rand::random::<u64>());
        let (completing, deferring) = (Together::new(complete::MOST), Together::new(defer::MOST));
        let seat = Arc::new(Seat { store, group, consumer, completing, deferring });
        Self { seat, block, connection: Mutex::new(None), shares: std::sync::Mutex::default() }
    }

    /// What its claims have found so far.
    pub(crate) fn shares(&self) -> std::sync::MutexGuard<'_, Shares> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn consumer(&self) -> &str {
        &self.seat.consumer
    }

    pub fn store(&self) -> &Store {
        &self.seat.store
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
            None => self.seat.store.dedicated(self.block).await?,
        };
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.seat.group.as_str()).arg(self.consumer());
        command
            .arg("COUNT")
            .arg(count)
            .arg("BLOCK")
            .arg(u64::try_from(self.block.as_millis()).unwrap_or(1000));
        command.arg("STREAMS").arg(streams);
        for _ in streams {
            command.arg(">");
        }
        let taken = Since::now();
        match command.query_async::<StreamsReply>(&mut connection).await {
            Ok(reply) => {
                *held = Some(connection);
                drop(held);
                self.deliveries(reply, taken).await
            }
            Err(error) => self.or_make_groups(Err(error.into())).await,
        }
    }

    pub(crate) async fn deliveries<T: Carried>(
        &self,
        reply: StreamsReply,
        taken: Since,
    ) -> Result<Vec<Delivery<T>>, StoreError> {
        let mut deliveries = Vec::new();
        for (stream, entries) in reply.unwrap_or_default() {
            let entries = entries.into_iter().map(|(id, fields)| (id, 1, fields));
            deliveries.extend(self.hand_out(&stream, entries, taken).await?);
        }
        Ok(deliveries)
    }

    /// Entries of one stream (id, times handed out, fields), as deliveries that carry all that they need.
    pub(crate) async fn hand_out<T: Carried>(
        &self,
        stream: &str,
        entries: impl IntoIterator<Item = (String, u64, Fields)>,
        taken: Since,
    ) -> Result<Vec<Delivery<T>>, StoreError> {
        let mut entries: Vec<_> = entries.into_iter().collect();
        self.seat.store.fill_in(entries.iter_mut().map(|(_, _, fields)| fields)).await?;
        let each = entries.into_iter().map(|(id, times, fields)| {
            Delivery::new(self.receipt(stream.to_owned(), id), fields, times, taken)
        });
        Ok(each.collect())
    }

    pub(crate) fn receipt(&self, stream: String, id: String) -> Receipt {
        Receipt { seat: self.seat.clone(), stream, id }
    }
}
