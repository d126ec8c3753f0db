//! Stores events in PostgreSQL.
