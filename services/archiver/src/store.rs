//! Rows → PostgreSQL, each once.

use service::{Context, catalog};

use crate::column::Column;
use crate::connection::Connection;
use crate::database::Database;
use crate::row::Row;
use crate::trouble::Trouble;

/// Sent in one statement at most, but for a single row that is larger.
const BYTES: usize = 16 << 20;

/// One round trip for any number of rows. A row whose id is there was stored before.
const INSERT: &str = "
    INSERT INTO hookstream_events
        (id, endpoint, source, type, received_at, content_type, data, body, headers, trace)
    SELECT id, endpoint, source, type, timestamptz 'epoch' + received_ms * interval '1 millisecond',
           content_type, data::jsonb, body, headers::jsonb, trace
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        AS new (id, endpoint, source, type, received_ms, content_type, data, body, headers, trace)
    ON CONFLICT (id) DO NOTHING";

/// A row that PostgreSQL does not take, and why.
pub(crate) struct Refused {
    /// Place among the rows.
    pub(crate) place: usize,
    pub(crate) why: String,
}

/// Stores all rows but those that PostgreSQL refuses for what is in them; waits for it while it is away.
/// `None` if a stop came first.
pub(crate) async fn store(
    context: &Context,
    database: &mut Database,
    rows: &[Row<'_>],
) -> Option<Vec<Refused>> {
    let mut refused = Vec::new();
    let mut place = 0;
    while place < rows.len() {
        let chunk = &rows[place..place + chunk(&rows[place..])];
        let connection = database.connection().await?;
        match store_chunk(connection, chunk).await {
            Ok(stored) => {
                database.works();
                context.meter.add(catalog::ARCHIVED, &[], stored.new as f64);
                let found = stored.refused.into_iter();
                refused.extend(found.map(|(at, why)| Refused { place: place + at, why }));
                place += chunk.len();
            }
            Err(trouble) => database.lose(&trouble).await?,
        }
    }
    Some(refused)
}

/// How many rows go into one statement.
fn chunk(rows: &[Row<'_>]) -> usize {
    let mut bytes = 0;
    let fits = |row: &&Row<'_>| {
        bytes += row.size();
        bytes <= BYTES
    };
    rows.iter().take_while(fits).count().max(1)
}

#[derive(Default)]
struct Stored {
    new: u64,
    refused: Vec<(usize, String)>,
}

/// All at once; if one of them is to blame, one by one.
async fn store_chunk(connection: &Connection, rows: &[Row<'_>]) -> Result<Stored, Trouble> {
    match insert(connection, rows.iter(), true).await {
        Ok(new) => return Ok(Stored { new, refused: Vec::new() }),
        Err(trouble) if trouble.is_of_the_row() => {}
        Err(trouble) => return Err(trouble),
    }
    let mut stored = Stored::default();
    for (place, row) in rows.iter().enumerate() {
        match store_one(connection, row).await {
            Ok(new) => stored.new += new,
            Err(trouble) if trouble.is_of_the_row() => stored.refused.push((place, trouble.to_string())),
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(stored)
}

/// What `jsonb` can't hold though it is JSON (a number beyond all bounds) is kept as the body alone.
async fn store_one(connection: &Connection, row: &Row<'_>) -> Result<u64, Trouble> {
    match insert(connection, [row].into_iter(), true).await {
        Err(trouble) if trouble.is_of_the_row() && row.data.is_some() => {
            insert(connection, [row].into_iter(), false).await
        }
        done => done,
    }
}

async fn insert<'r>(
    connection: &Connection,
    rows: impl Iterator<Item = &'r Row<'r>> + Clone,
    with_data: bool,
) -> Result<u64, Trouble> {
    let texts = |column: fn(&'r Row<'r>) -> &'r str| Column::of(rows.clone().map(column));
    let columns = [
        texts(|row| &row.id),
        texts(|row| &row.endpoint),
        texts(|row| &row.source),
        texts(|row| &row.event_type),
        Column::of(rows.clone().map(|row| row.received_at)),
        texts(|row| &row.content_type),
        Column::of(rows.clone().map(|row| row.data.filter(|_| with_data))),
        Column::of(rows.clone().map(|row| row.body)),
        texts(|row| &row.headers),
        texts(|row| &row.trace),
    ];
    connection.insert(INSERT, &columns).await
}
