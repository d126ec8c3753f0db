//! Dead letters whose time is up → PostgreSQL, and only then off Redis.

use service::{Context, Leaving, crash_point, retention, retention_rounds, tell_expired};
use settings::{DeadLetters, WhenDue};
use stream::{Beyond, DeadLetter, Store, StoreError};
use tokio::time::Instant;

use crate::column::Column;
use crate::connection::Connection;
use crate::database::Database;
use crate::letter::LetterRow;
use crate::trouble::Trouble;

/// In hand at once; one step on them holds Redis up for about a millisecond.
const BATCH: usize = 32;

/// A letter that is there was stored before, by us or by one who died before he could say so.
const INSERT: &str = "
    INSERT INTO hookstream_dead_letters
        (id, event_id, endpoint, source, type, route, reason, error, dead_at, body, letter)
    SELECT id, event_id, endpoint, source, type, route, reason, error,
           timestamptz 'epoch' + dead_ms * interval '1 millisecond', body, letter::jsonb
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        AS new (id, event_id, endpoint, source, type, route, reason, error, dead_ms, body, letter)
    ON CONFLICT (id, left(event_id, 200)) DO NOTHING";

/// Looks after the dead letters of one partition. Any number of archivers may: each letter is stored once.
pub(crate) struct Retirement {
    store: Store,
    next: Instant,
}

// === impl Retirement ===

impl Retirement {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, next: Instant::now() }
    }

    /// If it is time: every letter that is due. What goes wrong is tried again at the next time.
    pub(crate) async fn look(&mut self, context: &Context, database: &mut Database) {
        let kept = context.live.now().dead_letters;
        if kept.when_due != WhenDue::Archive || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + retention_rounds(&kept);
        if let Err(error) = self.retire_all(context, database, &kept).await {
            tracing::warn!(%error, "dead letters can't be archived now; they stay where they are");
        }
    }

    async fn retire_all(
        &self,
        context: &Context,
        database: &mut Database,
        kept: &DeadLetters,
    ) -> Result<(), StoreError> {
        let (limits, mut beyond) = (retention(kept), Beyond::default());
        while !context.stop.is_asked() {
            let letters = self.store.outlived(limits, BATCH, &beyond).await?;
            if letters.is_empty() {
                return Ok(());
            }
            let Some(connection) = database.connection().await else { return Ok(()) };
            let stored = match store(connection, &letters).await {
                Ok(stored) => stored,
                Err(trouble) => {
                    database.lose(&trouble).await;
                    return Ok(());
                }
            };
            crash_point("archiver.expire.before");
            let gone = self.store.expire_archived(limits, &stored).await?;
            crash_point("archiver.expire.after");
            tell_expired(&context.meter, &gone, Leaving::Archived);
            beyond.pass(&letters, letters.len() - gone.len());
        }
        Ok(())
    }
}

/// Those that PostgreSQL has now. One that it refuses for what is in it stays in Redis, and holds up no other.
async fn store<'l>(
    connection: &Connection,
    letters: &'l [DeadLetter],
) -> Result<Vec<&'l DeadLetter>, Trouble> {
    let rows: Vec<LetterRow<'_>> = letters.iter().map(LetterRow::of).collect();
    match insert(connection, &rows).await {
        Ok(()) => return Ok(letters.iter().collect()),
        Err(trouble) if trouble.is_of_the_row() => {}
        Err(trouble) => return Err(trouble),
    }
    let mut stored = Vec::new();
    for (letter, row) in letters.iter().zip(&rows) {
        match insert(connection, std::slice::from_ref(row)).await {
            Ok(()) => stored.push(letter),
            Err(trouble) if trouble.is_of_the_row() => {
                tracing::error!(dead_letter = letter.id, %trouble, "PostgreSQL refuses this dead letter; it stays in Redis");
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(stored)
}

async fn insert<'r>(connection: &Connection, rows: &'r [LetterRow<'r>]) -> Result<(), Trouble> {
    let texts = |column: fn(&'r LetterRow<'r>) -> &'r str| Column::of(rows.iter().map(column));
    let columns = [
        texts(|row| row.id),
        texts(|row| &row.event_id),
        texts(|row| &row.endpoint),
        texts(|row| &row.source),
        texts(|row| &row.event_type),
        texts(|row| &row.route),
        texts(|row| &row.reason),
        texts(|row| &row.error),
        Column::of(rows.iter().map(|row| row.dead_at)),
        Column::of(rows.iter().map(|row| row.body)),
        texts(|row| &row.letter),
    ];
    connection.insert(INSERT, &columns).await.map(drop)
}
