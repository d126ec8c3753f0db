//! Stored events, found again.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use event::Millis;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use crate::connection::Connection;
use crate::trouble::Trouble;
use crate::{Address, AddressError};

/// Which events: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub id: Option<String>,
    pub endpoint: Option<String>,
    pub source: Option<String>,
    pub event_type: Option<String>,
    /// Received then or later.
    pub since: Option<Millis>,
    /// Received before.
    pub until: Option<Millis>,
    /// The newest of them.
    pub limit: u32,
}

/// An event as it was stored. Serialised with its body as `data` (JSON), `body` (text) or `body_base64`.
pub struct ArchivedEvent {
    pub id: String,
    pub endpoint: String,
    pub source: String,
    pub event_type: String,
    pub received_at: Millis,
    pub content_type: String,
    /// The body as PostgreSQL keeps JSON: the same value, fields in its order.
    pub data: Option<Box<RawValue>>,
    /// To the byte as it was sent.
    pub body: Vec<u8>,
    pub headers: event::Headers,
    pub trace: String,
}

/// Why nothing can be found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error("DATABASE_URL can't be used: {0}")]
    Address(#[from] AddressError),
    #[error("the database has no table of events yet: hookstream-archiver makes it when it starts")]
    NoTable,
    #[error("PostgreSQL at {address} can't be asked: {source}")]
    Away { address: Box<Address>, source: Trouble },
}

/// The type is compared twice: by the part that the index holds, and whole.
const FIND: &str = "
    SELECT id, endpoint, source, type, (extract(epoch FROM received_at) * 1000)::bigint, content_type, data::text,
           body, headers::text, trace
    FROM hookstream_events
    WHERE ($1::text IS NULL OR id = $1)
      AND ($2::text IS NULL OR endpoint = $2)
      AND ($3::text IS NULL OR source = $3)
      AND ($4::text IS NULL OR (left(type, 200) = left($4, 200) AND type = $4))
      AND ($5::bigint IS NULL OR received_at >= timestamptz 'epoch' + $5 * interval '1 millisecond')
      AND ($6::bigint IS NULL OR received_at < timestamptz 'epoch' + $6 * interval '1 millisecond')
    ORDER BY received_at DESC, id
    LIMIT $7";

/// The year 9999 ends. PostgreSQL's time goes on for longer, but not as far as one can ask.
const LAST: i64 = 253_402_300_799_999;

/// The newest events that fit, newest first.
///
/// # Errors
/// The address is wrong, PostgreSQL is away, or no archiver ever started there.
pub async fn find(database_url: &str, query: &Query) -> Result<Vec<ArchivedEvent>, FindError> {
    let address = Address::parse(database_url)?;
    let found = ask(&address, query).await;
    let rows = found.map_err(|trouble| match trouble.state() {
        Some(state) if *state == SqlState::UNDEFINED_TABLE => FindError::NoTable,
        _ => FindError::Away { address: Box::new(address), source: trouble },
    })?;
    Ok(rows.iter().map(ArchivedEvent::of).collect())
}

async fn ask(address: &Address, query: &Query) -> Result<Vec<Row>, Trouble> {
    let millis = |at: Option<Millis>| at.map(|at| i64::try_from(at.0).map_or(LAST, |at| at.min(LAST)));
    let (since, until) = (millis(query.since), millis(query.until));
    let limit = i64::from(query.limit);
    let values: [(&(dyn ToSql + Sync), Type); 7] = [
        (&query.id, Type::TEXT),
        (&query.endpoint, Type::TEXT),
        (&query.source, Type::TEXT),
        (&query.event_type, Type::TEXT),
        (&since, Type::INT8),
        (&until, Type::INT8),
        (&limit, Type::INT8),
    ];
    Connection::open(address).await?.query(FIND, &values).await
}

// === impl ArchivedEvent ===

impl ArchivedEvent {
    fn of(row: &Row) -> Self {
        let data: Option<String> = row.get(6);
        Self {
            id: row.get(0),
            endpoint: row.get(1),
            source: row.get(2),
            event_type: row.get(3),
            received_at: Millis(u64::try_from(row.get::<_, i64>(4)).unwrap_or(0)),
            content_type: row.get(5),
            data: data.and_then(|data| RawValue::from_string(data).ok()),
            body: row.get(7),
            headers: event::Headers::from_json(row.get(8)),
            trace: row.get(9),
        }
    }
}

impl Serialize for ArchivedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event_id", &self.id)?;
        map.serialize_entry("endpoint", &self.endpoint)?;
        map.serialize_entry("source", &self.source)?;
        map.serialize_entry("event_type", &self.event_type)?;
        map.serialize_entry("received_at", &self.received_at.to_string())?;
        map.serialize_entry("content_type", &self.content_type)?;
        match (&self.data, std::str::from_utf8(&self.body)) {
            (Some(data), _) => map.serialize_entry("data", data)?,
            (None, Ok(text)) => map.serialize_entry("body", text)?,
            (None, Err(_)) => map.serialize_entry("body_base64", &STANDARD.encode(&self.body))?,
        }
        map.serialize_entry("headers", &self.headers)?;
        map.serialize_entry("trace", &self.trace)?;
        map.end()
    }
}

/// Without the body.
impl fmt::Debug for ArchivedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let received_at = self.received_at.to_string();
        f.debug_struct("ArchivedEvent")
            .field("id", &self.id)
            .field("endpoint", &self.endpoint)
            .field("event_type", &self.event_type)
            .field("received_at", &received_at)
            .finish_non_exhaustive()
    }
}
