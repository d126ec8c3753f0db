//! One connection to PostgreSQL.

use std::time::Duration;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row};

use crate::Address;
use crate::column::Column;
use crate::trouble::Trouble;

/// For one statement; migrations included, which may wait for those of another process.
const PATIENCE: Duration = Duration::from_secs(60);

/// Statements go out with the types of their values: one round trip, and nothing that a pooler in between would
/// have to remember.
pub(crate) struct Connection(Client);

// === impl Connection ===

impl Connection {
    pub(crate) async fn open(address: &Address) -> Result<Self, Trouble> {
        let (client, connection) = address.0.connect(NoTls).await?;
        // It ends with the client, and what it says the next statement says too.
        tokio::spawn(connection);
        Ok(Self(client))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Many rows at once; how many of them were new.
    pub(crate) async fn insert(&self, statement: &str, columns: &[Column<'_>]) -> Result<u64, Trouble> {
        let values: Vec<_> = columns.iter().map(Column::parameter).collect();
        self.execute(statement, &values).await
    }

    /// How many rows it changed.
    pub(crate) async fn execute(
        &self,
        statement: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<u64, Trouble> {
        in_time(self.0.execute_typed(statement, values)).await
    }

    pub(crate) async fn query(
        &self,
        statement: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Trouble> {
        in_time(self.0.query_typed(statement, values)).await
    }

    /// Several statements, in one transaction unless they say otherwise.
    pub(crate) async fn run(&self, statements: &str) -> Result<(), Trouble> {
        in_time(self.0.batch_execute(statements)).await
    }
}

async fn in_time<T>(statement: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, statement).await {
        Ok(done) => done.map_err(Trouble::from),
        Err(_) => Err(Trouble::Silent),
    }
}
