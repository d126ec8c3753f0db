//! Our tables, made and changed step by step.

use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::trouble::Trouble;

/// Each brings the tables from the version before to its own, counted from 1. Never change one that was released:
/// add another.
const STEPS: &[&str] = &[include_str!("schema/1_events.sql"), include_str!("schema/2_dead_letters.sql")];

/// Makes way for one process at a time.
const BEGIN: &str = "
    BEGIN;
    SELECT pg_advisory_xact_lock(hashtext('hookstream_schema'));
    CREATE TABLE IF NOT EXISTS hookstream_schema
        (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";

/// Brings the tables to the newest version. Several processes may ask at once: one does it, the others wait. Tables
/// of a newer version are left alone.
pub(crate) async fn migrate(connection: &Connection) -> Result<(), Trouble> {
    if version(connection).await? >= STEPS.len() {
        return Ok(());
    }
    // What fails on the way is undone with the connection.
    connection.run(BEGIN).await?;
    for (step, number) in STEPS.iter().zip(1_i32..).skip(version(connection).await?) {
        connection.run(step).await?;
        let added = "INSERT INTO hookstream_schema (version) VALUES ($1)";
        connection.execute(added, &[(&number, Type::INT4)]).await?;
        tracing::info!(version = number, "making the tables in PostgreSQL");
    }
    connection.run("COMMIT").await
}

/// 0 where nothing was made yet. Asked before anything is made, so that a user who may not make tables can work
/// with those that an administrator made.
async fn version(connection: &Connection) -> Result<usize, Trouble> {
    let found = connection.query("SELECT to_regclass('hookstream_schema') IS NOT NULL", &[]).await?;
    if !found[0].get::<_, bool>(0) {
        return Ok(0);
    }
    let newest = connection.query("SELECT coalesce(max(version), 0) FROM hookstream_schema", &[]).await?;
    Ok(usize::try_from(newest[0].get::<_, i32>(0)).unwrap_or(0))
}
